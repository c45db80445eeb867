"""A query says exactly what is wanted (section 3.4); whatever is malformed, repeated or not known is refused."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.annexes.cyber.taxii import cursor, instants, query
from comity.annexes.cyber.taxii.query import Filters
from comity.core.errors import Malformed
from comity.release.collection import EVERY, FIRST, LAST, Wanted

ID = "indicator--6f1f1e9a-58a5-4d53-9d5a-0d4a3c2b1a00"
OTHER = "x-mitre-tactic--4b9a1d2e-0000-4000-8000-000000000001"
AT = datetime(2016, 1, 1, 1, 1, 1, 100000, UTC)


def parse(text: str, filters: Filters = Filters.READ) -> Wanted:
    return query.parse(text.encode("latin-1"), filters)


def wanted(**members: Any) -> Wanted:
    return Wanted(limit=members.pop("limit", query.DEFAULT_LIMIT), **members)


GOOD: list[tuple[str, Wanted]] = [
    ("", wanted()),
    ("limit=1", wanted(limit=1)),
    ("limit=007", wanted(limit=7)),
    ("limit=1000", wanted(limit=1000)),
    ("limit=999999999999", wanted(limit=query.DEFAULT_LIMIT)),
    ("added_after=2016-01-01T01:01:01.100000Z", wanted(added_after=AT)),
    ("added_after=2016-01-01T01:01:01.1Z", wanted(added_after=AT)),
    ("added_after=2016-01-01T01:01:01.100000999Z", wanted(added_after=AT)),
    ("added_after=2016-01-01T01%3A01%3A01.1Z", wanted(added_after=AT)),
    ("added_after=2016-01-01T01:01:01Z", wanted(added_after=AT.replace(microsecond=0))),
    (f"next={cursor.token(7)}", wanted(after=7)),
    (f"match[id]={ID}", wanted(ids=frozenset({ID}))),
    (f"match[id]={ID},{OTHER}", wanted(ids=frozenset({ID, OTHER}))),
    (f"match%5Bid%5D={ID}%2C{OTHER}", wanted(ids=frozenset({ID, OTHER}))),
    (f"match[id]={ID},{ID}", wanted(ids=frozenset({ID}))),
    ("match[type]=indicator", wanted(types=frozenset({"indicator"}))),
    ("match[type]=indicator,x-of-nobody", wanted(types=frozenset({"indicator", "x-of-nobody"}))),
    ("match[spec_version]=2.0,2.1", wanted(spec_versions=frozenset({"2.0", "2.1"}))),
    ("match[version]=last", wanted()),
    ("match[version]=first", wanted(versions=frozenset({FIRST}))),
    ("match[version]=all", wanted(versions=frozenset({EVERY}))),
    ("match[version]=last,first", wanted(versions=frozenset({LAST, FIRST}))),
    ("match[version]=2016-01-01T01:01:01.100Z", wanted(versions=frozenset({"2016-01-01T01:01:01.1Z"}))),
    (
        "match[version]=first,2016-01-01T01:01:01.000Z,last",
        wanted(versions=frozenset({FIRST, LAST, "2016-01-01T01:01:01Z"})),
    ),
    (
        "limit=5&match[type]=malware&match[version]=all",
        wanted(limit=5, types=frozenset({"malware"}), versions=frozenset({EVERY})),
    ),
]


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_a_query_says_what_is_wanted(text: str, expected: Wanted) -> None:
    assert parse(text) == expected


BAD = (
    "limit=0", "limit=-1", "limit=1.5", "limit=1e3", "limit=", "limit", "limit=a", "limit=%31%", "limit=+5",
    "limit=0x5", "limit=5&limit=5", "limit=5&limit=6", "limit=" + "9" * 40, "limit=5,6", "limit=%EF%BC%95", "Limit=5",
    "limit=5%00",
    "added_after=", "added_after=yesterday", "added_after=2016-01-01", "added_after=2016-01-01T01:01:01",
    "added_after=2016-01-01T01:01:01%2B00:00", "added_after=2016-01-01T01:01:01+00:00", "added_after=1451610061",
    "added_after=2016-13-01T01:01:01Z", "added_after=2016-02-30T01:01:01Z", "added_after=2016-01-01T24:00:00Z",
    "added_after=2016-01-01T01:01:60Z", "added_after=2016-01-01t01:01:01z", "added_after=0000-01-01T00:00:00Z",
    "added_after=2016-01-01T01:01:01.Z", "added_after=2016-01-01T01:01:01.1Z,2016-01-01T01:01:02.1Z",
    "added_after=2016-01-01T01:01:01Z&added_after=2016-01-01T01:01:01Z",
    "next=", "next=1", "next=AAAAAAAAAAA", "next=//////////8", "next=AAAAAAAAAAF", "next=AAAAAAAAAAE=", "next=x&next=y",
    "next=__________8", "next=....", "next=%00",
    "match[id]=", "match[id]=a", f"match[id]={ID},", f"match[id]=,{ID}", f"match[id]={ID}&match[id]={OTHER}",
    f"match[id]={ID} ", f"match[id]={ID},%20{OTHER}", "match[id]='%20OR%201=1--", "match[id]=indicator--6f1f1e9a",
    "match[type]=", "match[type]=a,,b", "match[type]=Indicator", "match[type]=%FF", "match[type]=*", "match[type]=a;b",
    "match[type]=a&match[type]=b", "match[type]=" + "a" * 251,
    "match[spec_version]=", "match[spec_version]=2", "match[spec_version]=latest", "match[spec_version]=2.1.0",
    "match[version]=", "match[version]=foo", "match[version]=LAST", "match[version]=all,last",
    "match[version]=last,all", "match[version]=last,last",
    "match[version]=all,all", "match[version]=first&match[version]=last",
    "match[version]=2016-01-01T01:01:01Z,2016-01-01T01:01:01.000Z", "match[version]=2016-01-01",
    "match[name]=a", "match[]=a", "match=a", "match[type=a", "matchtype]=a", "match[type][0]=a",
    "offset=1", "page=2", "sort=-created", "a", "=", "&", "limit=5&", "&limit=5", "limit=5&&match[type]=a", "%",
    "%zz=1",    "\xff=1", "limit=5;match[type]=a", "limit==5", "a=" + "b" * 4000,
)  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_what_is_malformed_is_refused_in_words_that_repeat_nothing_of_it(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(text)
    assert refused.value.message.isascii()
    assert "%zz" not in refused.value.message
    assert len(refused.value.message) < 200


@pytest.mark.parametrize("text", ["limit=1", f"next={cursor.token(1)}", "added_after=2016-01-01T01:01:01Z"])
def test_a_deletion_takes_versions_only(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text, Filters.DELETE)
    assert parse("match[version]=first", Filters.DELETE).versions == {FIRST}


def test_where_no_version_is_named_an_endpoint_means_its_own() -> None:
    assert parse("", Filters.READ).versions == {LAST}
    assert parse("", Filters.DELETE).versions == {EVERY}
    assert parse("limit=3", Filters.VERSIONS).versions == {EVERY}


@pytest.mark.parametrize("text", [text for text, _ in GOOD if text])
def test_an_endpoint_without_filters_takes_none(text: str) -> None:
    with pytest.raises(Malformed, match="no query parameter is taken here"):
        parse(text, Filters.NONE)


# -- any query ------------------------------------------------------------------------------------------------------

IDS = st.uuids(version=4).map(lambda one: f"indicator--{one}")
TIMES = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis wants it naive


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "added_after": TIMES.map(instants.text),
            "limit": st.integers(1, 10**14).map(str),
            "next": st.integers(1, cursor.MAX).map(cursor.token),
            "match[id]": st.lists(IDS, min_size=1, max_size=5).map(",".join),
            "match[type]": st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), min_size=1).map(",".join),
        },
    ),
    st.booleans(),
)
def test_a_good_query_is_read_alike_however_it_is_escaped(members: dict[str, str], whole: bool) -> None:
    plain = "&".join(f"{name}={value}" for name, value in members.items())
    escaped = urlencode(members, quote_via=quote, safe="" if whole else "[]:,")
    found = parse(plain)
    assert parse(escaped) == found
    assert 1 <= found.limit <= query.DEFAULT_LIMIT
    assert found.added_after is None or instants.text(found.added_after) == members["added_after"]


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for filters in Filters:
        with suppress(Malformed):
            assert query.parse(raw, filters).limit >= 1


@given(st.integers(1, cursor.MAX))
def test_a_token_gives_back_its_place(after: int) -> None:
    assert cursor.parse(cursor.token(after)) == after
    assert cursor.token(after).replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=14))
def test_nothing_else_is_a_token(text: str) -> None:
    try:
        after = cursor.parse(text)
    except Malformed:
        return
    assert cursor.token(after) == text


@given(TIMES)
def test_a_time_of_ours_always_has_microseconds(at: datetime) -> None:
    assert len(instants.text(at)) == len("2016-01-01T01:01:01.000000Z")
    assert instants.parse(instants.text(at), "it") == at


@given(TIMES, st.integers(0, 6))
def test_one_instant_has_one_canonical_spelling(at: datetime, zeros: int) -> None:
    text = instants.canonical(instants.text(at), "it")
    assert instants.canonical(instants.text(at)[:-1] + "0" * zeros + "Z", "it") == text
    assert instants.parse(text, "it") == at
