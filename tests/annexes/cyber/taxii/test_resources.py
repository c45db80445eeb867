"""Each resource has the members of its table, required ones always, empty ones never (sections 2 to 5)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comity.annexes.cyber.taxii import cursor, media, resources
from comity.annexes.cyber.taxii.resources import Fault
from comity.release.collection import EPOCH, Collection, Contents, Entry, Page, State, Status, Verdict

AT = datetime(2027, 3, 2, 9, 0, 0, 5, UTC)
ID = "indicator--6f1f1e9a-58a5-4d53-9d5a-0d4a3c2b1a00"
COLLECTION = Collection("91a7b528-80eb-42ed-a74d-c6fbd5a26116", "Shared", None, None, True, False, "store", "view")


def page(count: int, apart: timedelta = timedelta(microseconds=1)) -> Page:
    at = [(AT + n * apart - EPOCH) // timedelta(microseconds=1) for n in range(count)]
    return Page([Entry(n, ID, "2016-01-01T01:01:01.000Z", each, "2.1") for n, each in enumerate(at, 1)], False)


def contents(count: int, more: bool) -> Contents:
    return Contents(b",".join(b'{"n":%d}' % n for n in range(count)), more, count, 1, count)


def read(raw: bytes) -> Any:
    return json.loads(raw)


def test_an_error_has_a_title_and_the_status_as_text() -> None:
    assert read(resources.error(Fault(404, "not found", "There is no such thing here."))) == {
        "title": "not found",
        "description": "There is no such thing here.",
        "http_status": "404",
    }


def test_discovery_names_its_root_as_one_of_its_roots() -> None:
    told = read(resources.discovery("Israel (example)", "", "https://il.example:7410/taxii2/api/"))
    assert told["default"] in told["api_roots"]
    assert set(told) == {"title", "default", "api_roots"}


def test_a_root_says_which_version_it_speaks_and_how_much_it_reads() -> None:
    assert read(resources.api_root("t", "d", 1000)) == {
        "title": "t", "description": "d", "versions": [media.TAXII], "max_content_length": 1000,
    }  # fmt: skip


def test_a_collection_tells_nothing_of_where_it_stands() -> None:
    told = read(resources.collection(COLLECTION))
    assert told == {
        "id": COLLECTION.id, "title": "Shared", "can_read": True, "can_write": False, "media_types": [media.STIX],
    }  # fmt: skip
    assert b"store" not in resources.collection(COLLECTION)


def test_collections_stand_in_one_order_and_none_are_an_empty_object() -> None:
    others = [Collection(f"{n}", "t", "d", "a", False, True, "", "") for n in (3, 1, 2)]
    assert [one["id"] for one in read(resources.collections(others))["collections"]] == ["1", "2", "3"]
    assert resources.collections([]) == b"{}"


@given(st.integers(0, 5), st.booleans())
def test_a_page_is_its_bytes_joined_and_next_goes_on_behind_the_last(count: int, more: bool) -> None:
    given = contents(count, more)
    told = read(resources.envelope(given))
    assert told.get("objects", []) == [{"n": n} for n in range(count)]
    assert ("objects" in told) == (count > 0)
    assert told.get("more", False) == ("next" in told) == (more and count > 0)
    if "next" in told:
        assert cursor.parse(told["next"]) == given.seq


def test_bodies_are_sent_as_they_were_stored() -> None:
    odd = b'{ "a" : 1.0,\n"b":"\\u00e9" }'
    assert odd in resources.envelope(Contents(odd, False, 1, 1, 1))


def test_a_manifest_has_a_record_for_each_entry() -> None:
    assert read(resources.manifest(page(1))) == {
        "objects": [
            {
                "id": ID,
                "date_added": "2027-03-02T09:00:00.000005Z",
                "version": "2016-01-01T01:01:01.000Z",
                "media_type": media.STIX,
            }
        ]
    }
    assert resources.manifest(page(0)) == b"{}"
    assert read(resources.manifest(Page(page(2).entries, True)))["next"] == cursor.token(2)


def test_each_record_has_its_own_instant_to_the_microsecond() -> None:
    """Also where a page goes over from one second to the next, and where a second has no parts."""
    told = read(resources.manifest(page(5, timedelta(microseconds=499_999))))["objects"]
    assert [one["date_added"][17:] for one in told] == [
        "00.000005Z", "00.500004Z", "01.000003Z", "01.500002Z", "02.000001Z",
    ]  # fmt: skip
    assert read(resources.manifest(Page([Entry(1, ID, "v", 0, "2.1")], False)))["objects"][0]["date_added"] == (
        "1970-01-01T00:00:00.000000Z"
    )


def test_versions_are_written_as_the_objects_write_them() -> None:
    assert read(resources.versions(page(1))) == {"versions": ["2016-01-01T01:01:01.000Z"]}
    assert resources.versions(page(0)) == b"{}"


STATES = st.lists(
    st.builds(Verdict, st.just(ID), st.none() | st.just("2016-01-01T01:01:01Z"), st.sampled_from(State), st.none()),
    max_size=6,
)


@given(STATES)
def test_the_counts_of_a_status_add_up_and_it_is_complete_when_nothing_is_pending(verdicts: list[Verdict]) -> None:
    told = read(resources.status(Status("2d086da7-4bdc-4f91-900e-d77486753710", AT, verdicts)))
    assert told["total_count"] == len(verdicts)
    for name, members in (("success", "successes"), ("failure", "failures"), ("pending", "pendings")):
        assert told[f"{name}_count"] == len(told.get(members, []))
        assert all(set(one) == {"id", "version"} for one in told.get(members, []))
        assert told.get(members) != []
    assert (told["status"] == "complete") == (told["pending_count"] == 0)
    assert told["request_timestamp"] == "2027-03-02T09:00:00.000005Z"


def test_a_failure_says_why() -> None:
    told = read(resources.status(Status("s", AT, [Verdict("x", None, State.FAILURE, "it has no id")])))
    assert told["failures"] == [{"id": "x", "version": "2027-03-02T09:00:00.000005Z", "message": "it has no id"}]
