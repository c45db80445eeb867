"""What every kind of record promises, whatever its field."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.annexes import cyber, intelligence
from comity.core import strictjson
from comity.core.errors import Malformed, Refused
from comity.release.kind import Annex, Kind, Removals
from tests.annexes.cyber import vectors as stix
from tests.annexes.intelligence import samples as documents

ANNEXES: tuple[Annex, ...] = (cyber.ANNEX, intelligence.ANNEX)
KINDS: dict[str, Kind[Any]] = {kind.name: kind for annex in ANNEXES for kind in annex.kinds}


def samples() -> Iterator[tuple[str, bytes]]:
    for value in stix.good().values():
        yield "cyber.stix/1", stix.raw(value)
    for value in documents.good().values():
        yield value["format"], documents.raw(value)
    for value in documents.returned():
        yield value["format"], documents.raw(value)
    for path in sorted(documents.REPORTS.glob("*.json")):
        yield "intelligence.report/1", path.read_bytes()


SAMPLES = list(samples())
every_sample = pytest.mark.parametrize(("name", "raw"), SAMPLES, ids=lambda part: part if isinstance(part, str) else "")


def test_names_are_unique_and_start_with_their_field() -> None:
    assert all(kind.name.startswith(f"{annex.field}.") for annex in ANNEXES for kind in annex.kinds)
    assert len(KINDS) == sum(len(annex.kinds) for annex in ANNEXES)
    assert {kind.precedence for kind in KINDS.values()} <= {"ROUTINE", "PRIORITY"}
    assert {name for name, _ in SAMPLES} == set(KINDS), "every kind needs a sample"


@every_sample
def test_a_sample_survives_the_round_trip(name: str, raw: bytes) -> None:
    kind = KINDS[name]
    record = kind.parse(raw)
    assert kind.parse(kind.render(record)) == record
    assert kind.render(kind.parse(kind.render(record))) == kind.render(record)
    assert kind.identity(kind.parse(kind.render(record))) == kind.identity(record)


@every_sample
def test_nothing_removed_is_the_record_itself(name: str, raw: bytes) -> None:
    kind = KINDS[name]
    record = kind.parse(raw)
    assert kind.sanitise(record, Removals()) is record


def removals_of(kind: Kind[Any], record: Any) -> Iterator[Removals]:
    portions = [part for part, _ in kind.marked(record, "XX").portions]
    targets = list(dict.fromkeys(reference.target for reference in kind.references(record)))
    yield from (Removals(portions=frozenset({part})) for part in portions)
    yield from (Removals(references=frozenset({target})) for target in targets)
    yield Removals(frozenset(portions), frozenset(targets))
    yield Removals(frozenset(portions[:1]), frozenset(targets[:2]))
    yield Removals(personal=True)


@every_sample
def test_sanitising_twice_is_sanitising_once_and_shows_nothing_removed(name: str, raw: bytes) -> None:
    kind = KINDS[name]
    record = kind.parse(raw)
    for removals in removals_of(kind, record):
        try:
            copy = kind.sanitise(record, removals)
        except Refused:
            continue
        assert kind.sanitise(copy, removals) == copy
        assert kind.parse(kind.render(copy)) == copy
        assert not {part for part, _ in kind.marked(copy, "XX").portions} & removals.portions
        assert not {reference.target for reference in kind.references(copy)} & removals.references
        summary = kind.describe(copy)
        shown = "\n".join([summary.title, *summary.facts.values(), summary.text, kind.render(copy).decode()])
        assert not [target for target in removals.references if target in shown]
        for text in removed_texts(raw, removals):
            assert text not in shown


def removed_texts(raw: bytes, removals: Removals) -> list[str]:
    value = strictjson.parse(raw)
    portions = [part for part in value.get("portions", []) if part["id"] in removals.portions]
    texts = [part[name] for part in portions for name in ("text", "heading") if name in part]
    marked = [one for one in removals.portions if isinstance(value.get(one), str) and one not in ("id", "title")]
    return texts + [value[one] for one in marked]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
@settings(deadline=None)
@given(raw=st.binary(max_size=200))
def test_random_bytes_raise_only_malformed(kind: Kind[Any], raw: bytes) -> None:
    with pytest.raises(Malformed):
        kind.parse(raw)


@settings(deadline=None)
@given(sample=st.sampled_from(SAMPLES), data=st.data())
def test_damaged_samples_raise_only_malformed(sample: tuple[str, bytes], data: st.DataObject) -> None:
    name, raw = sample
    at = data.draw(st.integers(0, len(raw) - 1))
    damaged = raw[:at] + data.draw(st.binary(max_size=3)) + raw[at + data.draw(st.integers(0, 3)) :]
    survives(KINDS[name], damaged)


@settings(deadline=None)
@given(sample=st.sampled_from(SAMPLES), data=st.data())
def test_samples_with_wrong_values_raise_only_malformed(sample: tuple[str, bytes], data: st.DataObject) -> None:
    name, raw = sample
    value = strictjson.parse(raw)
    place: Any = value
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not place[key] or not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(ODD)
    survives(KINDS[name], documents.raw(value))


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 2**60, 0.5, "", " ", "x", [], {}, [None], [[]], {"": 1}, {"id": []}, "\u202e", "indicator--1"]
)


def survives(kind: Kind[Any], raw: bytes) -> None:
    """Whatever is accepted can also be read, described, marked and written."""
    try:
        record = kind.parse(raw)
    except Malformed:
        return
    kind.describe(record)
    kind.marked(record, "XX")
    kind.references(record)
    kind.identity(record)
    assert kind.parse(kind.render(record)) == record
