"""Another server's pages are read to their end, whatever it does that it must not."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from comity.annexes.cyber.taxii.mirror import TaxiiMirror
from comity.core.errors import ComityError, Malformed, Refused
from comity.release.subscription import Answer, Busy, Forgotten, Progress, begin

MIRROR = TaxiiMirror()
URL = "https://feed.example/api/collections/c/"
T1, T2 = "2027-03-02T09:00:00.000001Z", "2027-03-02T09:00:00.000002Z"
THING = {"type": "indicator", "id": "indicator--00000000-0000-4000-8000-000000000001"}
OBJECTS = Progress(passed=1)


def page(value: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, json.dumps(value).encode())


def added(value: Any, last: str) -> Answer:
    return page(value, x_taxii_date_added_last=last)


def asked(progress: Progress) -> dict[str, list[str]]:
    call = MIRROR.ask(URL, progress)
    assert call.url.startswith(f"{URL}objects/?")
    assert "taxii+json" in call.accept
    return parse_qs(urlsplit(call.url).query)


def test_definitions_of_markings_are_asked_for_first_and_every_version_of_everything_then() -> None:
    assert asked(begin(T1)) == {
        "match[version]": ["all"], "match[type]": ["marking-definition"], "limit": ["1000"], "added_after": [T1],
    }  # fmt: skip
    turn = MIRROR.read(begin(T1), page({}))
    assert not turn.done
    assert turn.page is None
    assert asked(turn.progress) == {"match[version]": ["all"], "limit": ["1000"], "added_after": [T1]}


def test_a_mark_is_sent_back_as_it_came_and_the_newest_time_is_where_the_next_reading_begins() -> None:
    first = MIRROR.read(OBJECTS, added({"more": True, "next": "a b&c", "objects": [THING]}, T1))
    assert (first.count, first.done, first.progress.next) == (1, False, "a b&c")
    assert asked(first.progress)["next"] == ["a b&c"]
    last = MIRROR.read(first.progress, added({"objects": [THING]}, T2))
    assert last.done
    assert last.progress.settled() == Progress(since=T2)


def test_nothing_new_leaves_the_reading_where_it_stood() -> None:
    turn = MIRROR.read(Progress(since=T1, passed=1), page({}))
    assert turn.done
    assert turn.page is None
    assert turn.progress.settled() == Progress(since=T1)


def test_what_definitions_bear_moves_no_time_or_objects_between_would_never_come() -> None:
    turn = MIRROR.read(begin(T1), added({"objects": [THING]}, T2))
    assert MIRROR.read(turn.progress, page({})).progress.settled() == Progress(since=T1)


def test_a_server_without_marks_is_read_on_by_its_times() -> None:
    turn = MIRROR.read(OBJECTS, added({"more": True, "objects": [THING]}, T1))
    assert asked(turn.progress)["added_after"] == [T1]
    assert "next" not in asked(turn.progress)


@pytest.mark.parametrize(
    ("progress", "answer"),
    [
        (Progress(passed=1, next="x"), page({"more": True, "next": "x", "objects": [THING]})),
        (OBJECTS, page({"more": True, "objects": [THING]})),
        (Progress(passed=1, added=T1), added({"more": True, "objects": [THING]}, T1)),
        (Progress(since=T1, passed=1), added({"more": True, "objects": [THING]}, T1)),
        (OBJECTS, page({"more": True, "next": "", "objects": []})),
        (OBJECTS, page({"more": True, "next": "x" * 2001, "objects": []})),
        (OBJECTS, page({"more": "yes", "objects": []})),
        (OBJECTS, page({"objects": {}})),
        (OBJECTS, page([])),
        (OBJECTS, added({"objects": [THING]}, "yesterday")),
        (OBJECTS, Answer(200, {}, b'{"objects":[],"objects":[]}')),
        (OBJECTS, Answer(200, {}, b"<html>")),
        (OBJECTS, page({}, 406)),
    ],
)
def test_what_would_never_end_or_is_no_page_ends_the_reading(progress: Progress, answer: Answer) -> None:
    with pytest.raises(Malformed):
        MIRROR.read(progress, answer)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Refused), (403, Refused), (404, Refused), (301, Refused), (400, Forgotten), (429, Busy), (503, Busy)],
)
def test_each_refusal_says_whether_it_passes_by_itself(status: int, kind: type[ComityError]) -> None:
    with pytest.raises(kind, match=str(status)):
        MIRROR.read(OBJECTS, page({"title": "no"}, status))


def test_the_time_that_a_busy_server_asks_for_is_heard() -> None:
    with pytest.raises(Busy) as told:
        MIRROR.read(OBJECTS, page({}, 429, retry_after="120"))
    assert told.value.patience is not None
    assert told.value.patience.total_seconds() == 120
    with pytest.raises(Busy) as untold:
        MIRROR.read(OBJECTS, page({}, 429, retry_after="Fri, 31 Dec 1999 23:59:59 GMT"))
    assert untold.value.patience is None


def test_two_spellings_of_one_version_are_one() -> None:
    assert MIRROR.same("2027-03-02T09:00:00Z", "2027-03-02T09:00:00.000000Z")
    assert not MIRROR.same("2027-03-02T09:00:00Z", "2027-03-02T09:00:00.001Z")
