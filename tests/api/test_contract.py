"""What is published of both listeners is what they do: every route, status, media type and body, and no other."""

import ast
import inspect
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from fuzz.target import CORPUS
from starlette.applications import Starlette
from starlette.routing import Route

from comity.acts import accept, follow
from comity.api import answers, head, limited
from comity.api.house import house
from comity.api.partners import MAX_ENVELOPE_BYTES, MAX_PULL_BYTES, partners
from comity.app import connection
from comity.core import errors
from comity.core.errors import ComityError
from comity.exchange import pull as pulls
from comity.exchange import receipt, reconcile
from comity.exchange.lane import Lane
from comity.exchange.pull import Pull
from comity.exchange.reconcile import Ask
from tests.acts.crossing import outbox
from tests.acts.things import stix, take
from tests.api.calling import Answer, call
from tests.joined import Pair, opened

FOLDER = Path(__file__).parents[2] / "docs" / "openapi"
DOORS = ("envelopes", "pull", "receipts", "reconcile")
EXCHANGE = "/exchange/v1/"
LIMITS = {
    "envelopes": MAX_ENVELOPE_BYTES,
    "pull": MAX_PULL_BYTES,
    "receipts": receipt.MAX_RAW,
    "reconcile": MAX_PULL_BYTES,
}


@cache
def contract(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_bytes())
    return found


def resolved(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """`value`, or what its reference names."""
    if "$ref" not in value:
        return value
    for step in value["$ref"].removeprefix("#/").split("/"):
        document = document[step]
    return document


def operation(name: str, path: str) -> dict[str, Any]:
    (found,) = contract(name)["paths"][path].values()
    assert isinstance(found, dict)
    return found


def check(name: str, path: str, answer: Answer, *, head_only: bool = False) -> None:
    """Holds the answer against the document: its status, its media type, its body."""
    document = contract(name)
    said = resolved(document, operation(name, path)["responses"][str(answer.status)])
    kind = answer.headers["content-type"].partition(";")[0]
    schema = said["content"][kind]["schema"]
    for header, about in said.get("headers", {}).items():
        assert header.lower() in answer.headers or not about["required"], header
    if head_only:
        return
    body = json.loads(answer.body) if kind == "application/json" else answer.body.decode()
    jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}).validate(body)
    if kind == "application/octet-stream":
        for line in answer.body.splitlines() if path.endswith("pull") else [answer.body]:
            inner = resolved(document, schema).get("contentSchema")
            if inner:
                jsonschema_rs.Draft202012Validator({**inner, "components": document["components"]}).validate(
                    json.loads(line)
                )


def routes(application: Starlette) -> dict[str, set[str]]:
    """Path → methods, without HEAD, which every GET brings with it."""
    return {route.path: set(route.methods or ()) - {"HEAD"} for route in application.routes if isinstance(route, Route)}


def test_every_route_is_published_and_nothing_else(pair: Pair) -> None:
    for name, application in (("partners", partners(pair.il, lambda: None)), ("house", house(pair.il))):
        published = {path: {method.upper() for method in methods} for path, methods in contract(name)["paths"].items()}
        assert published == routes(application)


@pytest.mark.parametrize("door", DOORS)
def test_the_limits_are_those_of_the_doors(door: str) -> None:
    content = operation("partners", EXCHANGE + door)["requestBody"]["content"]
    schema = resolved(contract("partners"), content["application/octet-stream"]["schema"])
    assert schema["maxLength"] == LIMITS[door]


def statuses_told() -> set[int]:
    """Every status that stands in the code of the partners' listener, and 405 of the router."""
    found = {405} | {kind.status for kind in vars(errors).values() if inspect.isclass(kind) and hasattr(kind, "status")}
    for module in (answers, head, limited, connection):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            value = node.value if isinstance(node, ast.Constant) else None
            if type(value) is int and 400 <= value < 600:
                found.add(value)
    return found


@pytest.mark.parametrize("door", DOORS)
def test_every_status_of_the_code_is_published_and_no_other(door: str) -> None:
    published = {int(status) for status in operation("partners", EXCHANGE + door)["responses"]}
    assert published - {200} == statuses_told()


# -- real answers ---------------------------------------------------------------------------------------------------


def ask(pair: Pair) -> bytes:
    at, nonce = pair.clock.now, b"q" * reconcile.NONCE_BYTES
    return reconcile.seal(
        Ask("JP", "IL", pair.agreement, pair.jp.mode, "IL", Lane.ROUTINE, 1, 0, at, nonce), pair.jp.vault
    )


def pull(pair: Pair) -> bytes:
    at, nonce = pair.clock.now, b"p" * pulls.NONCE_BYTES
    return pulls.seal(Pull("JP", "IL", pair.agreement, pair.jp.mode, Lane.ROUTINE, 1, 0, at, nonce), pair.jp.vault)


def test_what_is_answered_with_200_is_as_published(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    follow.follow(pair.il, pair.agreement)
    answered = accept.accept(pair.jp, outbox(pair.il, pair.agreement)[0].raw)
    take(pair.jp, stix("malware", "two"))
    follow.follow(pair.jp, pair.agreement)
    sent = outbox(pair.jp, pair.agreement)[0].raw
    application = partners(pair.il, lambda: None)
    for door, raw in (("envelopes", sent), ("pull", pull(pair)), ("reconcile", ask(pair)), ("receipts", answered)):
        answer = call(application, "POST", EXCHANGE + door, raw)
        assert answer.status == 200, (door, answer.body)
        check("partners", EXCHANGE + door, answer)


@pytest.mark.parametrize("door", DOORS)
def test_what_is_refused_is_refused_as_published(pair: Pair, door: str) -> None:
    application = partners(pair.il, lambda: None)
    seeds = [path.read_bytes() for target in ("dsse", f"signed-{door.rstrip('s')}") for path in _seeds(target)]
    for raw in (b"", b"{}", b"\xff" * 100, bytes(LIMITS["pull"] + 1), *seeds):
        answer = call(application, "POST", EXCHANGE + door, raw)
        assert 400 <= answer.status < 500
        check("partners", EXCHANGE + door, answer)
    for method in ("GET", "PUT", "OPTIONS"):
        answer = call(application, method, EXCHANGE + door)
        assert answer.status == 405
        check("partners", EXCHANGE + door, answer)


def _seeds(target: str) -> list[Path]:
    return sorted((CORPUS / target).glob("*.seed"))


def test_each_of_the_five_errors_is_told_as_published() -> None:
    kinds = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, ComityError)]
    for kind in kinds:
        told = answers.told(kind("the words of a stranger"))
        answer = Answer(told.status_code, dict(told.headers), bytes(told.body))
        check("partners", EXCHANGE + "pull", answer)


def test_what_the_house_is_told_is_as_published(pair: Pair) -> None:
    application = house(pair.il)
    for path in ("/healthz", "/readyz", "/metrics"):
        answer = call(application, "GET", path)
        assert answer.status == 200
        check("house", path, answer)
        check("house", path, call(application, "HEAD", path), head_only=True)
        check("house", path, call(application, "POST", path))


def test_what_a_node_in_trouble_says_is_as_published(pair: Pair) -> None:
    (pair.folder / "IL" / "agreements" / f"{pair.agreement}.db").unlink()
    with opened(pair.folder) as again:
        answer = call(house(again.il), "GET", "/readyz")
        assert answer.status == 503
        check("house", "/readyz", answer)
