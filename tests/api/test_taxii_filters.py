"""Filters, pages, manifests, versions, posts and deletions (sections 3.3 to 3.7, 5.3 to 5.8), row by row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from comity.acts.writing import COSTLY
from comity.annexes.cyber.taxii import media
from tests.annexes.cyber.taxii.test_query import BAD
from tests.api.asking import API, Answer
from tests.api.scene import (
    ADDRESS,
    ALL,
    CAMPAIGN,
    COUNT,
    INDICATORS,
    LATER,
    LATEST,
    MARKED,
    MARKING,
    THRICE,
    TWICE,
    Scene,
    costly,
    scene,
    stix,
)
from tests.api.test_taxii_endpoints import is_error

FIRST, LAST = "x-taxii-date-added-first", "x-taxii-date-added-last"
LATE = "2099-01-01T00:00:00.000000Z"


def shown(objects: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["id"], one.get("modified") or one.get("created") or "") for one in objects]


ONE = INDICATORS[7]["id"]
ROWS: list[tuple[str, list[dict[str, Any]]]] = [
    ("", LATEST),
    ("match[version]=last", LATEST),
    ("match[version]=all", ALL),
    ("match[version]=first", [one for one in ALL if one not in LATER]),
    ("match[version]=first,last", [one for one in ALL if one is not LATER[1]]),
    ("match[version]=last,first", [one for one in ALL if one is not LATER[1]]),
    ("match[version]=2016-01-02T01:01:01.123Z", LATER[:2]),
    ("match[version]=2016-01-02T01:01:01.123000Z", LATER[:2]),
    ("match[version]=2016-01-02T01:01:01.123Z,2016-01-03T01:01:01.123Z", LATER),
    ("match[version]=2017-01-20T00:00:00Z", [MARKING]),
    ("match[version]=2017-01-20T00:00:00.000Z", [MARKING]),
    ("match[version]=1999-01-01T00:00:00.000Z", []),
    (f"match[id]={ONE}", [INDICATORS[7]]),
    (f"match[id]={ONE},{ADDRESS['id']}", [INDICATORS[7], ADDRESS]),
    (f"match[id]={TWICE}&match[version]=all", [INDICATORS[3], LATER[0]]),
    (f"match[id]={CAMPAIGN['id'][:-2]}ff", []),
    ("match[id]=" + ",".join(one["id"] for one in INDICATORS[5:] * 10)[:9000].rpartition(",")[0], INDICATORS[5:]),
    ("match[type]=indicator", [one for one in LATEST if one["type"] == "indicator"]),
    ("match[type]=campaign,ipv4-addr", [CAMPAIGN, ADDRESS]),
    ("match[type]=malware", []),
    ("match[type]=x-of-nobody", []),
    *[(f"match[type]={kind}", []) for kind in ("attack-pattern", "course-of-action", "grouping", "identity", "incident",
      "infrastructure", "intrusion-set", "language-content", "location", "malware-analysis", "note", "observed-data",
      "opinion", "relationship", "report", "sighting", "threat-actor", "tool", "vulnerability", "extension-definition",
      "artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file", "ipv6-addr",
      "mac-addr", "mutex", "network-traffic", "process", "software", "url", "user-account", "windows-registry-key",
      "x509-certificate")],
    ("match[spec_version]=2.1", LATEST),
    ("match[spec_version]=2.0", []),
    ("match[spec_version]=2.0,2.1", LATEST),
    ("match[type]=indicator&match[version]=2016-01-03T01:01:01.123Z", [LATER[2]]),
    (f"match[type]=campaign&match[id]={ONE}", []),
    (f"added_after={LATE}", []),
    ("added_after=1999-01-01T00:00:00.000000Z", LATEST),
    ("added_after={added[0]}", LATEST[1:]),
    ("added_after={added[4]}", LATEST[3:]),
    ("added_after={added[4]}&match[version]=all", ALL[5:]),
    ("added_after={added[30]}", []),
    ("limit=1000000", LATEST),
]  # fmt: skip


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("scene")) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Scene]:
    """One that a test may change."""
    with scene(tmp_path) as made:
        yield made


@pytest.mark.parametrize(("asked", "expected"), ROWS)
@pytest.mark.parametrize("escaped", [False, True])
def test_3_4_objects_and_manifest_hold_what_the_filters_say_in_the_order_they_were_added(
    there: Scene, asked: str, expected: list[dict[str, Any]], escaped: bool
) -> None:
    every = there.dana.get(f"{API}collections/{there.ro.id}/manifest/?match[version]=all").json["objects"]
    asked = asked.format(added=[one["date_added"] for one in every])
    target = there.objects(there.ro) + "?" + (quote(asked, safe="=&") if escaped else asked)
    answer = there.dana.get(target)
    assert answer.status == 200
    assert shown(answer.json.get("objects", [])) == shown(expected)
    assert ("objects" in answer.json) == bool(expected), "5.4: an empty envelope"
    assert "more" not in answer.json
    manifest = there.dana.get(target.replace("/objects/", "/manifest/"))
    records = manifest.json.get("objects", [])
    assert [one["id"] for one in records] == answer.ids
    assert [one["version"] for one in records if not one["id"].startswith("ipv4")] == [
        version for ext_id, version in shown(expected) if not ext_id.startswith("ipv4")
    ], "5.3.1: modified, else created, as the object writes it"
    assert all(one["media_type"] == media.STIX for one in records)
    added = [one["date_added"] for one in records]
    assert added == sorted(added), "3.3: ascending"
    assert len(set(added)) == len(added)
    for told in (answer, manifest):
        times = [told.headers[name] for name in (FIRST, LAST) if name in told.headers]
        assert times == ([added[0], added[-1]] if added else []), "3.2: of the first and the last, none of none"


@pytest.mark.parametrize("text", [text for text in BAD if len(text) < 300])
def test_3_4_what_is_malformed_is_400(there: Scene, text: str) -> None:
    for under in ("objects/", "manifest/"):
        is_error(there.dana.get(f"{API}collections/{there.ro.id}/{under}?{text}"), 400)


# -- pages ------------------------------------------------------------------------------------------------------------


def walk(there: Scene, under: str, limit: int, by: str, more: str = "") -> list[tuple[str, str]]:
    """All pages, by `next` or by `added_after` with what the header says; each asked for twice."""
    found: list[tuple[str, str]] = []
    place = ""
    for _ in range(100):
        target = f"{API}collections/{there.ro.id}/{under}?limit={limit}{more}{place}"
        answer = there.dana.get(target)
        assert there.dana.get(target) == answer, "a page may be asked for again"
        told = answer.json.get("objects") or [{"id": one} for one in answer.json.get("versions", [])]
        assert len(told) <= limit
        found += [(one["id"], one.get("modified") or one.get("version") or "") for one in told]
        if not answer.json.get("more"):
            return found
        assert len(told) == limit
        place = f"&next={answer.json['next']}" if by == "next" else f"&added_after={answer.headers[LAST]}"
    raise AssertionError("there is no end of pages")


@pytest.mark.parametrize("by", ["next", "added_after"])
@pytest.mark.parametrize("limit", [1, 2, 7, 27, 28, 29])
@pytest.mark.parametrize("under", ["objects/", "manifest/"])
def test_3_5_pages_hold_everything_once(there: Scene, under: str, limit: int, by: str) -> None:
    assert [ext_id for ext_id, _ in walk(there, under, limit, by)] == [one["id"] for one in LATEST]
    everything = walk(there, under, limit, by, "&match[version]=all")
    assert len(everything) == len(ALL)


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_3_5_versions_have_pages_too(there: Scene, limit: int) -> None:
    under = f"objects/{THRICE}/versions/"
    assert [version for version, _ in walk(there, under, limit, "next")] == [
        one["modified"] for one in (INDICATORS[4], *LATER[1:])
    ]


def test_3_4_without_a_limit_a_page_is_as_long_as_the_server_says_and_tells_of_more(fresh: Scene) -> None:
    there = fresh
    posted = there.dana.post(there.objects(there.rw), {"objects": [stix("tool", n) for n in range(1002)]})
    assert posted.json["success_count"] == 1002
    first = there.dana.get(there.objects(there.rw))
    assert (len(first.ids), first.json["more"]) == (1000, True)
    rest = there.dana.get(there.objects(there.rw) + f"?next={first.json['next']}")
    assert len(rest.ids) == 2
    assert "more" not in rest.json


def test_3_5_what_is_added_while_a_client_turns_pages_comes_at_the_end(fresh: Scene) -> None:
    there = fresh
    first = there.dana.get(there.objects(there.ro) + "?limit=10")
    there.put(stix("tool", 1))
    rest = there.dana.get(there.objects(there.ro) + f"?next={first.json['next']}")
    assert first.ids + rest.ids == [*(one["id"] for one in LATEST), "tool--00000000-0000-4000-8000-000000000001"]


PLAIN = [row for row, _ in ROWS if row.startswith("match[") and "version" not in row and len(row) < 300]


@given(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=2))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_3_4_filters_together_are_all_meant(there: Scene, rows: list[str]) -> None:
    names = [part.partition("=")[0] for row in rows for part in row.split("&")]
    assume(len(set(names)) == len(names))
    target = there.objects(there.ro) + "?"
    each = [there.dana.get(target + row).ids for row in rows]
    assert set(there.dana.get(target + "&".join(rows)).ids) == set.intersection(*map(set, each))


# -- one object -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "versions"),
    [
        ("", ["03"]),
        ("?match[version]=last", ["03"]),
        ("?match[version]=first", ["01"]),
        ("?match[version]=all", ["01", "02", "03"]),
        ("?match[version]=first,last", ["01", "03"]),
        ("?match[version]=2016-01-02T01:01:01.123Z", ["02"]),
        ("?match[version]=all&limit=2", ["01", "02"]),
        ("?match[spec_version]=2.1", ["03"]),
        ("?match[type]=indicator", ["03"]),
        ("?match[type]=tool", []),
        (f"?added_after={LATE}", []),
    ],
)
def test_5_6_an_object_in_the_versions_asked_for(there: Scene, query: str, versions: list[str]) -> None:
    answer = there.dana.get(f"{there.objects(there.ro)}{THRICE}/{query}")
    assert answer.status == 200
    assert [one["modified"][8:10] for one in answer.json.get("objects", [])] == versions
    assert set(answer.ids) <= {THRICE}
    assert (FIRST in answer.headers) == (LAST in answer.headers) == bool(versions)


@pytest.mark.parametrize("query", ["?match[version]=1999-01-01T00:00:00Z", "?match[spec_version]=2.0"])
def test_5_7_a_version_that_is_not_there_is_404(there: Scene, query: str) -> None:
    is_error(there.dana.get(f"{there.objects(there.ro)}{THRICE}/{query}"), 404)


def test_5_8_versions_of_an_object(there: Scene) -> None:
    answer = there.dana.get(f"{there.objects(there.ro)}{THRICE}/versions/")
    assert answer.json == {"versions": [one["modified"] for one in (INDICATORS[4], *LATER[1:])]}
    assert answer.headers[FIRST] < answer.headers[LAST]
    created = there.dana.get(f"{there.objects(there.ro)}{MARKING['id']}/versions/").json
    assert created == {"versions": [MARKING["created"]]}, "created, where there is no modified"
    late = there.dana.get(f"{there.objects(there.ro)}{THRICE}/versions/?added_after={LATE}")
    assert (late.status, late.body) == (200, b"{}")


# -- writing --------------------------------------------------------------------------------------------------------


def status_of(there: Scene, posted: Answer) -> Any:
    return there.dana.get(f"{API}status/{posted.json['id']}/").json


def test_5_5_a_post_is_202_with_its_status_and_what_was_posted_is_there(fresh: Scene) -> None:
    there = fresh
    posted = there.dana.post(there.objects(there.rw), {"objects": [CAMPAIGN, ADDRESS]})
    assert posted.status == 202
    assert posted.headers["content-type"] == media.TAXII
    told = posted.json
    assert (told["status"], told["total_count"], told["success_count"]) == ("complete", 2, 2)
    assert {one["id"] for one in told["successes"]} == {CAMPAIGN["id"], ADDRESS["id"]}
    assert status_of(there, posted) == told
    assert there.dana.get(there.objects(there.rw)).ids == [CAMPAIGN["id"], ADDRESS["id"]]


def test_5_5_an_exact_duplicate_is_no_error_and_is_kept_once(fresh: Scene) -> None:
    there = fresh
    for _ in range(2):
        posted = there.dana.post(there.objects(there.rw), {"objects": [CAMPAIGN]})
        assert (posted.status, posted.json["failure_count"]) == (202, 0)
    assert there.dana.get(there.objects(there.rw)).ids == [CAMPAIGN["id"]]


def test_4_3_1_a_bad_object_is_told_of_and_stops_no_other(fresh: Scene) -> None:
    there = fresh
    told = there.dana.post(there.objects(there.rw), {"objects": [{"type": "x"}, CAMPAIGN, 7]}).json
    assert (told["total_count"], told["success_count"], told["failure_count"]) == (3, 1, 2)
    assert all(one["message"] for one in told["failures"])
    assert [one["id"] for one in told["failures"]] == ["unknown", "unknown"]
    assert there.dana.get(there.objects(there.rw)).ids == [CAMPAIGN["id"]]


def test_4_3_1_what_is_pending_is_complete_later(fresh: Scene) -> None:
    there = fresh
    posted = there.dana.post(there.objects(there.rw), {"objects": costly(COSTLY + 1, "later")})
    assert (posted.json["status"], posted.json["pending_count"]) == ("pending", 1)
    there.settle()
    assert status_of(there, posted)["status"] == "complete"
    assert there.ken.get(f"{API}status/{posted.json['id']}/").status == 404


def test_5_5_who_may_only_write_writes(fresh: Scene) -> None:
    """A partner, to its inbox: what it does not mark waits for an officer, and is told so."""
    there = fresh
    posted = there.jp.post(there.objects(there.wo), {"objects": [MARKED, CAMPAIGN]})
    assert posted.status == 202
    told = there.jp.get(f"{API}status/{posted.json['id']}/").json
    assert (told["success_count"], told["failures"][0]["id"]) == (1, CAMPAIGN["id"])


@pytest.mark.parametrize(("query", "left"), [("", 0), ("?match[version]=all", 0), ("?match[version]=first", 2),
                         ("?match[version]=last", 2), ("?match[version]=2016-01-02T01:01:01.123Z", 2)])  # fmt: skip
def test_5_7_what_is_deleted_is_not_there_any_more(fresh: Scene, query: str, left: int) -> None:
    there = fresh
    target = f"{there.objects(there.rw)}{THRICE}/"
    there.dana.post(there.objects(there.rw), {"objects": [INDICATORS[4], *LATER[1:], CAMPAIGN]})
    answer = there.dana.ask("DELETE", target + query)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"", media.TAXII)
    assert there.dana.get(target).status == (200 if left else 404)
    manifest = there.dana.get(f"{API}collections/{there.rw.id}/manifest/?match[version]=all").json["objects"]
    assert len(manifest) == left + 1
    if query:
        is_error(there.dana.ask("DELETE", target + query.replace("first", "all") + "&limit=1"), 400)
    if not left or "2016" in query:
        is_error(there.dana.get(target + "?match[version]=2016-01-02T01:01:01.123Z"), 404)
        is_error(there.dana.ask("DELETE", target + (query or "")), 404)


def test_there_are_enough_objects_for_these_tests_to_mean_something() -> None:
    assert len(LATEST) == COUNT + 3
