"""What is published of TAXII is what the door does: every endpoint, parameter, status, header and body."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from comity.annexes.cyber.taxii import media, paths
from comity.annexes.cyber.taxii.paths import Endpoint
from tests.api.asking import API, Answer
from tests.api.scene import CAMPAIGN, TWICE, Scene, scene, stix

FILE = Path(__file__).parents[2] / "docs" / "openapi" / "taxii.yaml"
FILLED = {"collection": "c", "object": "o", "status": "s"}


@cache
def contract() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_bytes())
    return found


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    found = contract()
    if "$ref" not in value:
        return value
    for step in value["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def check(path: str, method: str, answer: Answer) -> None:
    responses = contract()["paths"][path][method]["responses"]
    said = resolved(responses.get(str(answer.status), responses["default"]))
    for name, header in said.get("headers", {}).items():
        about = resolved(header)
        if name.lower() in answer.headers:
            schema = {**about["schema"], "components": contract()["components"]}
            jsonschema_rs.Draft202012Validator(schema).validate(answer.headers[name.lower()])
        assert not about["required"] or name.lower() in answer.headers
    if "content" in said:
        schema = said["content"][answer.headers["content-type"]]["schema"]
        jsonschema_rs.Draft202012Validator({**schema, "components": contract()["components"]}).validate(answer.json)
    else:
        assert answer.body == b""


def test_every_endpoint_is_published_with_its_methods_and_parameters() -> None:
    published = {}
    for path, methods in contract()["paths"].items():
        route = paths.parse(path.format(**FILLED))
        assert route is not None, path
        published[route.endpoint] = {method.upper() for method in methods}
        for method, operation in methods.items():
            named = {resolved(one)["name"] for one in operation.get("parameters", []) if resolved(one)["in"] == "query"}
            assert named == route.endpoint.methods[method.upper()].names, (path, method)
    assert published == {endpoint: set(endpoint.methods) for endpoint in Endpoint}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("scene")) as made:
        yield made


UNDER = ("objects/", "manifest/", "objects/{object}/", "objects/{object}/versions/")
QUERIES = ("", "?limit=2", "?limit=0", "?match[version]=all", "?match[version]=all&limit=2", "?x=y",
           "?added_after=2099-01-01T00:00:00Z", "?match[type]=malware", "?match[spec_version]=2.0")  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("under", UNDER)
def test_what_is_read_is_answered_as_published(there: Scene, under: str, query: str) -> None:
    template = API + "collections/{collection}/" + under
    for client, collection in (
        (there.dana, there.ro),
        (there.dana, there.rw),
        (there.jp, there.wo),
        (there.dana, there.hidden),
    ):
        for object_id in (TWICE, "indicator--nothing"):
            target = template.format(collection=collection.id, object=object_id) + query
            check(template, "get", client.get(target))
            check(template, "get", there.nobody.get(target))
            check(template, "get", client.get(target, accept="text/html"))
            check(template, "get", client.ask("PUT", target))


def test_the_rest_is_answered_as_published(there: Scene) -> None:
    for path in ("/taxii2/", API, API + "collections/"):
        for client in (there.dana, there.ken, there.nobody):
            check(path, "get", client.get(path))
    template = API + "collections/{collection}/"
    for name in (there.ro.id, "high-value", "nothing"):
        check(template, "get", there.dana.get(template.format(collection=name)))


def test_what_is_written_is_answered_as_published(there: Scene) -> None:
    objects, status = API + "collections/{collection}/objects/", API + "status/{status}/"
    kinds = {"objects": [CAMPAIGN, stix("malware", 1), {"type": "x"}]}
    for collection in (there.rw, there.ro, there.hidden):
        target = objects.format(collection=collection.id)
        for body, kind in ((kinds, media.TAXII), (b"x", media.TAXII), (kinds, "text/html")):
            answer = there.dana.post(target, body, content_type=kind)
            check(objects, "post", answer)
            if answer.status == 202:
                check(status, "get", there.dana.get(status.format(status=answer.json["id"])))
        for _ in range(2):
            target = objects.format(collection=collection.id) + f"{CAMPAIGN['id']}/"
            check(objects + "{object}/", "delete", there.dana.ask("DELETE", target))
    check(status, "get", there.dana.get(status.format(status="nothing")))
