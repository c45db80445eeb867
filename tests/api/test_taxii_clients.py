"""Clients that others wrote, unchanged, over a real socket to a node: `taxii2-client` and `cytaxii2`."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from cytaxii2 import cytaxii2
from taxii2client.common import TokenAuth
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages

from comity.acts.writing import COSTLY
from comity.annexes.cyber.taxii import media
from comity.app.connection import Patience
from comity.release.collection import Token
from tests.api.scene import ADDRESS, ALL, CAMPAIGN, DANA, KEN, LATER, LATEST, THRICE, Scene, costly, scene, stix
from tests.api.served import Served, served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
GOOD = {"user": DANA.user, "password": DANA.secret}
PATIENT = Patience(head=5.0, body=5.0, look=1.0, linger=1.0)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("scene")) as made:
        yield made


@pytest.fixture(scope="module")
def il(there: Scene) -> Iterator[Served]:
    with served(there.node, views=there.views, patience=PATIENT) as at:
        yield at


@pytest.fixture
def root(il: Served) -> Iterator[ApiRoot]:
    server = Server(f"{il.place}/taxii2/", **GOOD)
    assert server.title == "Comity node of IL"
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
    assert told == {"high-value": (True, False), "Working": (True, True)}


@pytest.mark.parametrize("per_request", [1, 10, 28, 100])
def test_taxii2_client_pages_through_everything(root: ApiRoot, per_request: int) -> None:
    one = named(root, "high-value")
    pages = [*as_pages(one.get_objects, per_request=per_request)]
    assert [each["id"] for page in pages for each in page.get("objects", [])] == [each["id"] for each in LATEST]
    manifest = [*as_pages(one.get_manifest, per_request=per_request)]
    assert [each["id"] for page in manifest for each in page.get("objects", [])] == [each["id"] for each in LATEST]


def test_taxii2_client_filters(root: ApiRoot) -> None:
    one = named(root, "high-value")
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
    one = named(root, "Working")
    status = one.add_objects({"objects": [CAMPAIGN, ADDRESS, {"type": "x"}]})
    assert (status.status, status.success_count, status.failure_count) == ("complete", 2, 1)
    assert status.failures[0]["message"]
    assert one.get_object(CAMPAIGN["id"])["objects"] == [CAMPAIGN]
    one.delete_object(CAMPAIGN["id"])
    with pytest.raises(requests.HTTPError, match="404"):
        one.get_object(CAMPAIGN["id"])


def test_taxii2_client_waits_for_what_is_pending(root: ApiRoot, there: Scene) -> None:
    status = named(root, "Working").add_objects({"objects": costly(COSTLY + 2, "client")}, wait_for_completion=False)
    assert (status.status, status.pending_count) == ("pending", 2)
    there.settle()
    status.wait_until_final(poll_interval=0)
    assert status.status == "complete"


def test_taxii2_client_with_a_token(il: Served) -> None:
    assert isinstance(KEN, Token)
    with Server(f"{il.place}/taxii2/", auth=TokenAuth(KEN.secret)) as server, server.default as root:
        assert "hidden" in {one.title for one in root.collections}


def test_taxii2_client_with_a_wrong_password(il: Served) -> None:
    server = Server(f"{il.place}/taxii2/", user="dana", password="wrong")
    with pytest.raises(requests.HTTPError, match="401"):
        server.refresh()
    server.close()


def answered(told: dict[str, Any], status: int = 200) -> Any:
    assert told["status_code"] == status, told
    return told["response"]


def test_cytaxii2_reads_and_writes(il: Served, there: Scene) -> None:
    client = cytaxii2.cytaxii2(f"{il.place}/taxii2/", *GOOD.values())
    assert answered(client.discovery_request())["default"].startswith(il.place)
    assert answered(client.root_discovery())["versions"] == [media.TAXII]
    assert len(answered(client.collection_request())["collections"]) == 2
    assert answered(client.collection_data_request(there.ro.id))["title"] == "high-value"
    first = answered(client.poll_request(there.ro.id, limit=20))
    rest = answered(client.poll_request(there.ro.id, limit=20, next=first["next"]))
    assert [one["id"] for one in first["objects"] + rest["objects"]] == [one["id"] for one in LATEST]
    assert answered(client.poll_request(there.ro.id, object_type="campaign"))["objects"] == [CAMPAIGN]
    assert answered(client.poll_request(there.ro.id, object_id=THRICE))["objects"] == [LATER[2]]
    tool = json.dumps({"objects": [stix("tool", 1)]})
    assert answered(client.inbox_request(there.rw.id, tool), 202)["success_count"] == 1
    assert answered(client.collection_data_request(there.hidden.id), 404)["title"] == "not found"
