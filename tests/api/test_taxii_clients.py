"""Clients that others wrote, unchanged, over a real socket: `taxii2-client` and `cytaxii2`."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from cytaxii2 import cytaxii2
from taxii2client.common import TokenAuth
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages

from comity.annexes.cyber.taxii import media
from comity.app.connection import Patience
from comity.release.collection import Token
from tests.api.scene import ADDRESS, ALL, CAMPAIGN, LATER, LATEST, THRICE, Scene, scene, stix
from tests.api.served import Served, served
from tests.api.shelf import DANA, KEN
from tests.joined import pair_in

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
GOOD = {"user": DANA.user, "password": DANA.secret}
PATIENT = Patience(head=5.0, body=5.0, look=1.0, linger=1.0)


@pytest.fixture(scope="module")
def there() -> Scene:
    return scene()


@pytest.fixture(scope="module")
def jp(there: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with (
        pair_in(tmp_path_factory.mktemp("clients")) as pair,
        served(pair.jp, views=there.shelf, patience=PATIENT) as at,
    ):
        yield at


@pytest.fixture
def root(jp: Served) -> Iterator[ApiRoot]:
    server = Server(f"{jp.place}/taxii2/", **GOOD)
    assert server.title == "Comity node of JP"
    yield server.default
    server.default.close()
    server.close()


def named(root: ApiRoot, title: str) -> Collection:
    (found,) = (one for one in root.collections if one.title == title)
    return found


def test_taxii2_client_finds_the_root_and_the_collections(root: ApiRoot) -> None:
    assert root.versions == [media.TAXII]
    assert root.max_content_length > 1024 * 1024
    told = {one.title: (one.can_read, one.can_write) for one in root.collections}
    assert told == {"read": (True, False), "both": (True, True), "write": (False, True), "neither": (False, False)}


@pytest.mark.parametrize("per_request", [1, 10, 28, 100])
def test_taxii2_client_pages_through_everything(root: ApiRoot, per_request: int) -> None:
    one = named(root, "read")
    pages = [*as_pages(one.get_objects, per_request=per_request)]
    assert [each["id"] for page in pages for each in page.get("objects", [])] == [each["id"] for each in LATEST]
    manifest = [*as_pages(one.get_manifest, per_request=per_request)]
    assert [each["id"] for page in manifest for each in page.get("objects", [])] == [each["id"] for each in LATEST]


def test_taxii2_client_filters(root: ApiRoot) -> None:
    one = named(root, "read")
    assert len(one.get_objects(version="all")["objects"]) == len(ALL)
    assert [each["type"] for each in one.get_objects(type=["campaign", "ipv4-addr"])["objects"]] == [
        "campaign",
        "ipv4-addr",
    ]
    assert one.get_object(THRICE)["objects"] == [LATER[2]]
    assert one.get_object(THRICE, version=["first", "last"])["objects"][-1] == LATER[2]
    assert len(one.object_versions(THRICE)["versions"]) == 3
    assert one.get_objects(added_after="2099-01-01T00:00:00Z") == {}


def test_taxii2_client_posts_and_deletes(root: ApiRoot) -> None:
    one = named(root, "both")
    status = one.add_objects({"objects": [CAMPAIGN, ADDRESS, {"type": "x"}]})
    assert (status.status, status.success_count, status.failure_count) == ("complete", 2, 1)
    assert status.failures[0]["message"]
    assert one.get_object(CAMPAIGN["id"])["objects"] == [CAMPAIGN]
    one.delete_object(CAMPAIGN["id"])
    with pytest.raises(requests.HTTPError, match="404"):
        one.get_object(CAMPAIGN["id"])


def test_taxii2_client_waits_for_what_is_pending(root: ApiRoot, there: Scene) -> None:
    status = named(root, "both").add_objects({"objects": [stix("malware", 1)]}, wait_for_completion=False)
    assert status.status == "pending"
    there.shelf.settle()
    status.wait_until_final(poll_interval=0)
    assert status.status == "complete"


def test_taxii2_client_with_a_token(jp: Served) -> None:
    assert isinstance(KEN, Token)
    with Server(f"{jp.place}/taxii2/", auth=TokenAuth(KEN.secret)) as server, server.default as root:
        assert "hidden" in {one.title for one in root.collections}


def test_taxii2_client_with_a_wrong_password(jp: Served) -> None:
    server = Server(f"{jp.place}/taxii2/", user="dana", password="wrong")
    with pytest.raises(requests.HTTPError, match="401"):
        server.refresh()
    server.close()


def answered(told: dict[str, Any], status: int = 200) -> Any:
    assert told["status_code"] == status, told
    return told["response"]


def test_cytaxii2_reads_and_writes(jp: Served, there: Scene) -> None:
    client = cytaxii2.cytaxii2(f"{jp.place}/taxii2/", *GOOD.values())
    assert answered(client.discovery_request())["default"].startswith(jp.place)
    assert answered(client.root_discovery())["versions"] == [media.TAXII]
    assert len(answered(client.collection_request())["collections"]) == 4
    assert answered(client.collection_data_request(there.ro.id))["title"] == "read"
    first = answered(client.poll_request(there.ro.id, limit=20))
    rest = answered(client.poll_request(there.ro.id, limit=20, next=first["next"]))
    assert [one["id"] for one in first["objects"] + rest["objects"]] == [one["id"] for one in LATEST]
    assert answered(client.poll_request(there.ro.id, object_type="campaign"))["objects"] == [CAMPAIGN]
    assert answered(client.poll_request(there.ro.id, object_id=THRICE))["objects"] == [LATER[2]]
    tool = json.dumps({"objects": [stix("tool", 1)]})
    assert answered(client.inbox_request(there.rw.id, tool), 202)["success_count"] == 1
    assert answered(client.collection_data_request(there.hidden.id), 404)["title"] == "not found"
