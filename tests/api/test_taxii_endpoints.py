"""Every endpoint of TAXII 2.1, every requirement that holds for each: media types, credentials, methods, errors."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.acts import offering
from comity.annexes.cyber.taxii import media
from comity.api.taxii import MAX_CONTENT
from comity.release.collection import Holder
from comity.settings import Limits
from tests.acts.test_events import tell
from tests.annexes.cyber.taxii.test_media import ASKED, BAD, GOOD, NOT_ASKED
from tests.api.asking import API, Answer, Client
from tests.api.scene import CAMPAIGN, ELSEWHERE, INDICATORS, NOBODY, TWICE, Scene, scene
from tests.joined import DANA as BY

ENDPOINTS = {
    "4.1 discovery": "/taxii2/",
    "4.2 api root": API,
    "4.3 status": API + "status/{status}/",
    "5.1 collections": API + "collections/",
    "5.2 collection": API + "collections/{ro}/",
    "5.2 collection by alias": API + "collections/high-value/",
    "5.3 manifest": API + "collections/{ro}/manifest/",
    "5.4 objects": API + "collections/{ro}/objects/",
    "5.6 object": API + "collections/{ro}/objects/" + TWICE + "/",
    "5.8 versions": API + "collections/{ro}/objects/" + TWICE + "/versions/",
}
FILTERED = ("5.3 manifest", "5.4 objects", "5.6 object", "5.8 versions")


class Table(Scene):
    """The scene with a post whose status can be asked for."""

    status: str = ""

    def at(self, endpoint: str) -> str:
        return str(ENDPOINTS[endpoint]).format(ro=self.ro.id, status=self.status)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    with scene(tmp_path_factory.mktemp("scene")) as made:
        table = Table(**{name: getattr(made, name) for name in made.__dataclass_fields__})
        table.status = made.dana.post(made.objects(made.rw), {"objects": [CAMPAIGN]}).json["id"]
        yield table


def is_error(answer: Answer, status: int) -> None:
    """Section 3.6.1: an error message, of our type, with the status that the head has; nothing of HTML anywhere."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == media.TAXII
    told = answer.json
    assert set(told) <= {"title", "description", "http_status"}
    assert isinstance(told["title"], str)
    assert told["title"]
    assert told["http_status"] == str(status)
    assert int(answer.headers["content-length"]) == len(answer.body)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_3_1_an_answer_has_the_type_with_its_version(there: Table, endpoint: str) -> None:
    answer = there.dana.get(there.at(endpoint))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/taxii+json;version=2.1"
    assert isinstance(answer.json, dict)
    assert [] not in answer.json.values(), "section 2: no empty list"


@pytest.mark.parametrize("accept", [one for one in ASKED if one])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_3_1_what_is_defined_is_never_406(there: Table, endpoint: str, accept: str) -> None:
    answer = there.dana.get(there.at(endpoint), accept=accept)
    assert answer.status == 200
    assert answer.headers["content-type"] == media.TAXII


@pytest.mark.parametrize("accept", [one for one in NOT_ASKED if len(one) < 200])
@pytest.mark.parametrize("endpoint", ["4.1 discovery", "5.4 objects"])
def test_3_1_other_types_are_406(there: Table, endpoint: str, accept: str) -> None:
    is_error(there.dana.get(there.at(endpoint), accept=accept), 406)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_3_1_a_request_without_accept_is_answered(there: Table, endpoint: str) -> None:
    assert there.dana.get(there.at(endpoint), accept=None).status == 200


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_8_2_1_a_request_without_user_agent_is_answered(there: Table, endpoint: str) -> None:
    assert there.dana.get(there.at(endpoint), user_agent=None).status == 200


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_3_1_a_path_ends_in_a_slash(there: Table, endpoint: str) -> None:
    is_error(there.dana.get(there.at(endpoint)[:-1]), 404)


@pytest.mark.parametrize(
    "shown", [None, "", "Basic", "Basic eDp5", "Basic %%%", "Bearer wrong", "Token wrong", "Digest x=y", "Bearer a b"]
)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_1_6_9_without_a_good_credential_it_is_401_with_challenges(
    there: Table, endpoint: str, shown: str | None
) -> None:
    answer = there.nobody.get(there.at(endpoint), authorization=shown)
    is_error(answer, 401)
    assert answer.headers["www-authenticate"]
    assert answer.body == there.nobody.get("/taxii2/nowhere/").body, "wrong, unknown and missing are told alike"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "OPTIONS", "HEAD"])
def test_1_6_9_whatever_the_method(there: Table, method: str) -> None:
    for target in (there.objects(there.ro), there.objects(there.hidden), "/taxii2/nowhere/"):
        assert there.nobody.ask(method, target).status == 401
        assert Client(there.nobody.send, NOBODY).ask(method, target).status == 401


def test_8_2_2_basic_and_bearer_are_taken(there: Table) -> None:
    assert there.dana.get("/taxii2/").status == there.ken.get("/taxii2/").status == 200


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_3_4_an_endpoint_refuses_parameters_that_it_does_not_have(there: Table, endpoint: str) -> None:
    is_error(there.dana.get(there.at(endpoint) + "?offset=3"), 400)
    if endpoint not in FILTERED:
        is_error(there.dana.get(there.at(endpoint) + "?limit=3"), 400)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_head_is_get_without_a_body(there: Table, endpoint: str) -> None:
    answer, whole = (there.dana.ask(method, there.at(endpoint)) for method in ("HEAD", "GET"))
    assert (answer.status, answer.headers, answer.body) == (200, whole.headers, b"")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_method_that_is_not_taken_is_405_and_the_others_are_listed(there: Table, endpoint: str) -> None:
    allowed = there.dana.ask("OPTIONS", there.at(endpoint)).headers["allow"].split(", ")
    assert {"GET", "HEAD", "OPTIONS"} <= set(allowed)
    for method in {"POST", "PUT", "PATCH", "DELETE", "TRACE"} - set(allowed):
        answer = there.dana.ask(method, there.at(endpoint))
        is_error(answer, 405)
        assert answer.headers["allow"].split(", ") == allowed


# -- what is not there, and what is not for the caller ----------------------------------------------------------------

NOT_HERE = ("/taxii2/other/", API + "channels/", API + "status/" + ELSEWHERE + "/", API + "collections/nothing/")


@pytest.mark.parametrize("target", NOT_HERE)
def test_what_is_not_there_is_404(there: Table, target: str) -> None:
    is_error(there.dana.get(target), 404)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT"])
@pytest.mark.parametrize("query", ["", "?limit=1", "?limit=0", "?nothing=1"])
@pytest.mark.parametrize("under", ["", "manifest/", "objects/", f"objects/{TWICE}/", f"objects/{TWICE}/versions/"])
def test_a_collection_of_others_is_told_in_the_same_bytes_as_none(
    there: Table, method: str, query: str, under: str
) -> None:
    absent, hidden = (
        there.dana.ask(method, f"{API}collections/{name}/{under}{query}", content_type=media.TAXII)
        for name in (ELSEWHERE, there.hidden.id)
    )
    assert absent == hidden
    assert absent.status in ((404,) if method in ("GET", "HEAD") else (404, 405, 200))


def test_a_status_of_others_is_told_in_the_same_bytes_as_none(there: Table) -> None:
    mine = there.dana.get(API + f"status/{there.status}/")
    assert mine.status == 200
    assert there.ken.get(API + f"status/{there.status}/") == there.ken.get(API + f"status/{ELSEWHERE}/")


@pytest.mark.parametrize(
    "object_id", [INDICATORS[0]["id"][:-2] + "ff", "indicator--1", "..", "a", "indicator", "%", "x" * 400]
)
@pytest.mark.parametrize("under", ["", "versions/"])
def test_5_6_an_object_that_is_not_there_is_404(there: Table, object_id: str, under: str) -> None:
    is_error(there.dana.get(there.objects(there.ro) + f"{object_id}/{under}"), 404)


READERS = ("manifest/", "objects/", f"objects/{TWICE}/", f"objects/{TWICE}/versions/")


@pytest.mark.parametrize("under", READERS)
def test_5_4_who_may_only_write_is_told_so_when_reading(there: Table, under: str) -> None:
    is_error(there.jp.get(f"{API}collections/{there.wo.id}/{under}"), 403)


def test_5_5_who_may_only_read_is_told_so_when_writing(there: Table) -> None:
    is_error(there.dana.post(there.objects(there.ro), {"objects": [CAMPAIGN]}), 403)
    is_error(there.jp.post(there.objects(there.out), {"objects": [CAMPAIGN]}), 403)


DELETED = "indicator--00000000-0000-4000-8000-0000000000ff/"


@pytest.mark.parametrize(
    ("who", "name", "status"),
    [("dana", "ro", 403), ("jp", "wo", 403), ("jp", "out", 403), ("dana", "rw", 404), ("dana", "hidden", 404)],
)
def test_5_7_deleting_follows_its_table(there: Table, who: str, name: str, status: int) -> None:
    client: Client = getattr(there, who)
    is_error(client.ask("DELETE", there.objects(getattr(there, name)) + DELETED), status)


def test_who_may_neither_read_nor_write_is_told_so_and_may_not_delete(tmp_path: Path) -> None:
    """An inbox under an agreement that is suspended: it is listed, and closed."""
    with scene(tmp_path) as there:
        tell(there.pair, there.node, "suspension")
        there.pair.settle()
        told = there.jp.get(f"{API}collections/{there.wo.id}/").json
        assert (told["can_read"], told["can_write"]) == (False, False)
        is_error(there.jp.get(there.objects(there.wo)), 403)
        is_error(there.jp.post(there.objects(there.wo), {"objects": [CAMPAIGN]}), 403)
        is_error(there.jp.ask("DELETE", there.objects(there.wo) + DELETED), 404)


# -- what is told of the server ---------------------------------------------------------------------------------------


def test_4_1_1_discovery(there: Table) -> None:
    told = there.dana.get("/taxii2/", host="taxii.example:7410").json
    assert told["title"]
    assert told["default"] in told["api_roots"]
    assert told["api_roots"] == ["http://taxii.example:7410/taxii2/api/"]


@pytest.mark.parametrize("host", ["a b", "a/b", "a@b", "", "a" * 300, 'a"b', "[::1", "a:b"])
def test_4_1_1_a_host_that_is_none_is_not_repeated(there: Table, host: str) -> None:
    answer = there.dana.get("/taxii2/", host=host)
    is_error(answer, 400)
    assert not host or host.encode() not in answer.body


def test_4_2_1_api_root(there: Table) -> None:
    told = there.dana.get(API).json
    assert told["title"]
    assert told["versions"] == ["application/taxii+json;version=2.1"]
    assert told["max_content_length"] == MAX_CONTENT


def test_5_1_1_collections_stand_in_the_same_order_each_time(there: Table) -> None:
    told = there.dana.get(API + "collections/").json["collections"]
    assert [one["id"] for one in told] == sorted([there.ro.id, there.rw.id])
    assert there.dana.get(API + "collections/").json["collections"] == told


def test_5_1_1_who_has_none_gets_an_empty_object(there: Table) -> None:
    offering.issue(there.node, Holder.PERSON, "noa", BY, user=NOBODY.user, secret=NOBODY.secret)
    answer = there.client(NOBODY).get(API + "collections/")
    offering.revoke(there.node, there.views.caller(NOBODY).credential, BY)  # type: ignore[union-attr]  # it was given
    assert answer.body == b"{}"
    is_error(there.client(NOBODY).get(API + "collections/"), 401)


@pytest.mark.parametrize(("name", "rights"), [("ro", (True, False)), ("rw", (True, True)), ("wo", (False, True))])
def test_5_2_1_a_collection(there: Table, name: str, rights: tuple[bool, bool]) -> None:
    one = getattr(there, name)
    told = (there.jp if name == "wo" else there.dana).get(f"{API}collections/{one.id}/").json
    assert told["id"] == one.id
    assert told["title"] == one.title
    assert (told["can_read"], told["can_write"]) == rights
    assert told["media_types"] == ["application/stix+json;version=2.1"]


def test_5_2_1_by_its_alias_it_is_the_same(there: Table) -> None:
    told = there.dana.get(there.at("5.2 collection")).json
    assert told["alias"] == "high-value"
    assert there.dana.get(there.at("5.2 collection by alias")).json == told


# -- bodies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", GOOD)
def test_3_1_a_body_of_a_defined_type_is_never_415(there: Table, content_type: str) -> None:
    answer = there.dana.post(there.objects(there.rw), {"objects": [CAMPAIGN]}, content_type=content_type)
    assert answer.status == 202


@pytest.mark.parametrize("content_type", [*BAD, "", None])
def test_5_5_a_body_of_another_type_is_415(there: Table, content_type: str | None) -> None:
    is_error(there.dana.post(there.objects(there.rw), {"objects": [CAMPAIGN]}, content_type=content_type), 415)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "x"])
def test_a_body_that_is_encoded_is_not_decoded(there: Table, encoding: str) -> None:
    is_error(there.dana.post(there.objects(there.rw), b"x", content_encoding=encoding), 415)


WRONG: dict[str, Any] = {
    "nothing": b"", "no JSON": b"hello", "half of it": b'{"objects": [', "a list": [], "a number": 7, "null": b"null",
    "without objects": {}, "an empty list": {"objects": []}, "objects that are none": {"objects": {}},
    "deep": b"[" * 100_000, "no UTF-8": b"\xff\xfe{}", "a text": {"objects": "indicator"},
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_5_5_what_is_no_envelope_is_422_and_the_collection_goes_on(there: Table, what: str) -> None:
    is_error(there.dana.post(there.objects(there.rw), WRONG[what]), 422)
    assert there.dana.get(there.objects(there.rw)).status == 200


def test_4_2_1_a_body_is_413_beyond_what_the_root_says_and_never_below(tmp_path: Path) -> None:
    with scene(tmp_path, Limits(body_bytes=1000)) as small:
        most = small.dana.get(API).json["max_content_length"]
        assert most == 1000
        assert small.dana.post(small.objects(small.rw), b" " * most).status == 422
        is_error(small.dana.post(small.objects(small.rw), b" " * (most + 1)), 413)
        is_error(small.dana.post(small.objects(small.rw), b"", content_length=str(most + 1)), 413)
