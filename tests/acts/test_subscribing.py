"""What another server adds is taken in once, whole, and in the order in which it can be understood."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from comity.acts import subscribing
from comity.acts.node import Node
from comity.core.errors import Absent, Malformed, Refused, Unreachable
from comity.records import RecordState
from comity.release.subscription import Answer, Call, Subscription, rest
from tests.acts.feeds import PROFILE, indicator, statement
from tests.joined import DANA, pair_in

START = datetime(2027, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Feed:
    """A server as honest as its settings: `size` things a page; `hidden` are listed and given by name alone; a mark
    holds only as long as nothing was `forgotten`."""

    things: list[dict[str, Any]]
    size: int = 3
    hidden: set[str] = field(default_factory=set)
    forgets: int = 0
    refuses: int | None = None
    calls: list[str] = field(default_factory=list)

    def __call__(self, call: Call) -> Answer:
        self.calls.append(call.url)
        parts = urlsplit(call.url)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.refuses is not None:
            return Answer(self.refuses, {}, b"{}")
        if "next" in asked and self.forgets:
            self.forgets -= 1
            return Answer(400, {}, b"{}")
        return self._manifest() if parts.path.endswith("/manifest/") else self._objects(asked)

    def _manifest(self) -> Answer:
        listed = [{"id": one["id"], "version": one["modified"], "date_added": _time(0)} for one in self.things]
        return Answer(200, {}, json.dumps({"objects": listed}).encode())

    def _objects(self, asked: dict[str, str]) -> Answer:
        rows = [(n, one) for n, one in enumerate(self.things) if "match[id]" in asked or one["id"] not in self.hidden]
        rows = [(n, one) for n, one in rows if one["id"] in asked.get("match[id]", one["id"]).split(",")]
        rows = [(n, one) for n, one in rows if asked.get("match[type]", one["type"]) == one["type"]]
        rows = [(n, one) for n, one in rows if _time(n) > asked.get("added_after", "")]
        rows = [(n, one) for n, one in rows if n > int(asked.get("next", -1))]
        page = rows[: self.size]
        value: dict[str, Any] = {"objects": [one for _, one in page]} if page else {}
        if len(rows) > self.size:
            value |= {"more": True, "next": str(page[-1][0])}
        headers = {"x-taxii-date-added-last": _time(page[-1][0])} if page else {}
        return Answer(200, headers, json.dumps(value).encode())


def _time(n: int) -> str:
    return (START + timedelta(microseconds=n)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with pair_in(tmp_path) as pair:
        yield pair.il


def subscribed(node: Node, feed: Feed, url: str = "https://feed.example/c/") -> Node:
    one = Subscription("feed", url, PROFILE.name, MINUTE, feed)
    return replace(node, subscriptions={"feed": one}, profiles={**node.profiles, PROFILE.name: PROFILE})


def held(node: Node) -> list[str]:
    with node.house.reader() as house:
        return sorted(one.ext_id for one in house.records_after(0, 1000) if one.state is RecordState.LIVE)


def ids(feed: Feed) -> list[str]:
    return sorted(one["id"] for one in feed.things)


def test_everything_is_taken_in_once_and_the_next_reading_begins_behind_it(node: Node) -> None:
    feed = Feed([indicator(n) for n in range(8)])
    node = subscribed(node, feed)
    first = subscribing.poll(node, "feed", DANA)
    assert (first.taken, first.already, first.quarantined, first.pages) == (8, 0, 0, 3)
    assert held(node) == ids(feed)
    assert subscribing.since(node, "feed") == _time(7)
    again = subscribing.poll(node, "feed", DANA)
    assert (again.taken, again.already, again.pages) == (0, 0, 0)
    feed.things.append(indicator(8))
    assert subscribing.poll(node, "feed", DANA).taken == 1
    assert held(node) == ids(feed)


def test_a_definition_on_a_later_page_is_known_before_what_it_marks(node: Node) -> None:
    mark = statement(1)
    marked = [{**indicator(n), "object_marking_refs": [mark["id"]]} for n in range(4)]
    feed = Feed([*marked, mark], size=2)
    polled = subscribing.poll(subscribed(node, feed), "feed", DANA)
    assert (polled.taken, polled.quarantined) == (5, 0)


def test_a_reading_that_breaks_off_begins_anew_and_keeps_nothing_twice(node: Node) -> None:
    feed = Feed([indicator(n) for n in range(8)])

    def breaks(call: Call) -> Answer:
        if "next=5" in call.url:
            raise Unreachable("the line is cut")
        return feed(call)

    broken = subscribed(node, feed)
    one = replace(broken.subscriptions["feed"], fetch=breaks)
    with pytest.raises(Unreachable):
        subscribing.poll(replace(broken, subscriptions={"feed": one}), "feed", DANA)
    assert subscribing.since(broken, "feed") is None
    polled = subscribing.poll(broken, "feed", DANA)
    assert (polled.taken, polled.already) == (2, 6)
    assert held(broken) == ids(feed)


def test_a_mark_that_the_server_forgot_is_not_the_end(node: Node) -> None:
    feed = Feed([indicator(n) for n in range(8)], forgets=1)
    node = subscribed(node, feed)
    assert subscribing.poll(node, "feed", DANA).taken == 8
    assert held(node) == ids(feed)
    feed.things += [indicator(n) for n in range(8, 16)]
    feed.forgets = 2
    with pytest.raises(Malformed):
        subscribing.poll(node, "feed", DANA)


def test_what_a_server_hides_from_readings_by_time_is_found_by_its_list(node: Node) -> None:
    feed = Feed([indicator(n) for n in range(50)])
    feed.hidden = {one["id"] for one in feed.things[10:35]}
    node = subscribed(node, feed)
    assert subscribing.poll(node, "feed", DANA).taken == 25
    found = subscribing.compare(node, "feed", DANA)
    assert (found.listed, found.missing, found.polled.taken, found.withheld) == (50, 25, 25, [])
    assert held(node) == ids(feed)
    assert subscribing.compare(node, "feed", DANA).missing == 0


def test_a_version_spelt_anew_is_not_missing_and_one_never_given_is_named(node: Node) -> None:
    feed = Feed([indicator(0), indicator(1)])
    node = subscribed(node, feed)
    subscribing.poll(node, "feed", DANA)
    respelt = {**indicator(0), "modified": indicator(0)["modified"].replace("Z", "000Z")}
    other = replace_version(indicator(1))
    node = subscribed(node, Feed([respelt, other], hidden={other["id"]}))
    node.subscriptions["feed"].fetch.hidden = set()  # type: ignore[attr-defined]  # the feed of this test
    assert subscribing.compare(node, "feed", DANA).missing == 1


def replace_version(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "modified": "2027-02-02T00:00:00.000Z"}


def test_another_collection_under_the_same_name_is_read_from_its_start(node: Node) -> None:
    feed = Feed([indicator(n) for n in range(4)])
    subscribing.poll(subscribed(node, feed), "feed", DANA)
    moved = subscribed(node, Feed([indicator(n) for n in range(4, 6)]), "https://other.example/c/")
    assert subscribing.since(moved, "feed") is None
    assert subscribing.poll(moved, "feed", DANA).taken == 2


def test_a_server_that_refuses_is_told_and_moves_nothing(node: Node) -> None:
    feed = Feed([indicator(0)], refuses=401)
    node = subscribed(node, feed)
    with pytest.raises(Refused, match="credentials"):
        subscribing.poll(node, "feed", DANA)
    assert held(node) == []
    assert subscribing.since(node, "feed") is None


def test_an_unknown_name_or_source_is_told_with_those_there_are(node: Node) -> None:
    with pytest.raises(Absent, match="no subscription"):
        subscribing.poll(node, "feed", DANA)
    strange = subscribed(node, Feed([]))
    one = replace(strange.subscriptions["feed"], source="nobody")
    with pytest.raises(Absent, match="source profile"):
        subscribing.poll(replace(strange, subscriptions={"feed": one}), "feed", DANA)


def test_a_failure_is_waited_out_longer_each_time_but_never_for_more_than_an_hour() -> None:
    waits = [rest(MINUTE, failures, None, 0.0) for failures in range(12)]
    assert waits[0] == MINUTE
    assert waits[1] == MINUTE
    assert waits[2] == 2 * MINUTE
    assert max(waits) == timedelta(minutes=30)
    assert rest(MINUTE, 1, timedelta(minutes=10), 0.5) == timedelta(minutes=10)
    assert rest(MINUTE, 1, timedelta(days=9), 0.5) == timedelta(hours=1)
