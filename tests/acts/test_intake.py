"""What comes in is kept whole, under its source's profile, or quarantined with a reason; never lost."""

import json
import lzma

import pytest
from sqlalchemy import text

from comity.acts import intake
from comity.core.errors import Malformed
from comity.labels.label import Tlp
from comity.records import RecordState
from comity.store.sqlite import Database
from tests.acts.things import SODI, bundle, origin, portion, raw, record, report, stix, take, take_report
from tests.joined import DANA, EXAMPLES, Pair


def bodies(pair: Pair) -> list[tuple[bytes, str]]:
    """Every body of the house's file as it stands on the disk, with its state."""
    database = Database(pair.folder / "IL" / "house.db")
    with database.reading() as connection:
        rows = [(bytes(row[0]), str(row[1])) for row in connection.execute(text("select bytes, state from body"))]
    database.close()
    return rows


def test_a_marked_object_under_a_profile_is_live(pair: Pair) -> None:
    result = take(pair.il, stix("malware", "one"))
    assert (result.taken, result.already, result.quarantined) == (1, 0, [])
    kept = record(pair.il, result.rids[0])
    assert (kept.state, kept.source) == (RecordState.LIVE, "own-cyber")
    assert json.loads(kept.class_canonical)["label"] == [{"origin": "IL", "tlp": "TLP:GREEN"}]


def test_an_objects_bytes_are_kept_as_they_stood(pair: Pair) -> None:
    """An untouched thing is never rendered anew: odd spacing and order survive."""
    value = stix("malware", "one")
    odd = json.dumps(value, indent=3, ensure_ascii=False).encode().replace(b'"name": ', b'"name" :\t')
    whole = b'{"type":"bundle","id":"bundle--8b5f6d1e-0000-4000-8000-000000000001","objects":[ ' + odd + b" ]}"
    result = intake.take(pair.il, whole, "own-cyber", DANA)
    with pair.il.house.reader() as house:
        assert house.body(record(pair.il, result.rids[0]).bid) == odd


@pytest.mark.parametrize(
    ("source", "tlp", "says"),
    [
        ("nobody", Tlp.GREEN, "no source profile 'nobody'"),
        ("own-cyber", None, "unmarked"),
        ("own-intelligence", Tlp.GREEN, "does not cover cyber.stix/1"),
    ],
)
def test_what_cannot_be_labelled_is_quarantined_with_the_reason(
    pair: Pair, source: str, tlp: Tlp | None, says: str
) -> None:
    result = take(pair.il, stix("malware", "one", tlp), source=source)
    assert result.taken == 0
    [(rid, why)] = result.quarantined
    assert says in why
    assert record(pair.il, rid).state is RecordState.QUARANTINED
    assert record(pair.il, rid).why == why


def test_two_markings_that_contradict_are_quarantined(pair: Pair) -> None:
    green, red = stix("malware", "one", Tlp.GREEN), stix("malware", "one", Tlp.RED)
    green["object_marking_refs"] += red["object_marking_refs"]
    [(_, why)] = take(pair.il, green).quarantined
    assert "contradict" in why


def test_a_marking_nobody_knows_is_quarantined(pair: Pair) -> None:
    value = stix("malware", "one")
    value["object_marking_refs"].append("marking-definition--11111111-2222-4333-8444-555555555555")
    [(_, why)] = take(pair.il, value).quarantined
    assert "do not know" in why


def test_an_unmarked_portion_among_marked_ones_quarantines_the_report(pair: Pair) -> None:
    result = take_report(pair.il, report("R-1", portion("a", origin(SODI)), portion("b")))
    [(_, why)] = result.quarantined
    assert "'b' carries no label" in why


def test_the_same_bytes_again_are_kept_once(pair: Pair) -> None:
    first = take(pair.il, stix("malware", "one"), stix("malware", "two"))
    again = take(pair.il, stix("malware", "two"), stix("malware", "one"))
    assert (first.taken, again.taken, again.already) == (2, 0, 2)
    with pair.il.house.reader() as house:
        assert house.counts() == {"live": 2}


def test_the_same_bytes_from_two_sources_are_two_records(pair: Pair) -> None:
    """Whose they are is part of what a record is (DECISIONS 2)."""
    public = stix("malware", "one", Tlp.CLEAR)
    first = take(pair.il, public)
    second = take(pair.il, public, source="misp-galaxy")
    assert (first.taken, second.taken) == (1, 1)
    assert first.rids != second.rids


@pytest.mark.parametrize("together", [False, True])
def test_other_bytes_under_the_same_id_and_version_overwrite_nothing(pair: Pair, together: bool) -> None:
    one, other = stix("malware", "one"), stix("malware", "one", is_family=False)
    if together:
        result = take(pair.il, one, other)
        (first,) = set(result.rids) - {result.quarantined[0][0]}
    else:
        first = take(pair.il, one).rids[0]
        result = take(pair.il, other)
    [(second, why)] = result.quarantined
    assert "with other bytes" in why or "with different bytes" in why
    with pair.il.house.reader() as house:
        assert json.loads(house.body(record(pair.il, first).bid)) == one
        assert json.loads(house.body(record(pair.il, second).bid)) == other
    assert record(pair.il, first).state is RecordState.LIVE


def test_a_newer_version_is_another_record(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    result = take(pair.il, stix("malware", "one", modified="2027-03-02T07:00:00.000Z"))
    assert (result.taken, result.quarantined) == (1, [])


def test_a_faulty_object_in_a_good_bundle_is_kept_in_quarantine(pair: Pair) -> None:
    faulty = stix("indicator", "bad", pattern="[domain-name:value = ")
    nameless = stix("malware", "x")
    del nameless["is_family"]
    result = take(pair.il, stix("malware", "one"), faulty, nameless)
    assert result.taken == 1
    assert len(result.quarantined) == 2
    assert all(why.startswith("malformed: ") for _, why in result.quarantined)
    with pair.il.house.reader() as house:
        assert json.loads(house.body(record(pair.il, result.quarantined[0][0]).bid)) == faulty


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        bundle(stix("malware", "one"))[:-20],
        bundle(stix("malware", "one")).replace(b'"objects"', b'"objects":[],"objects"'),
        bundle(stix("malware", "one", confidence=0)).replace(b'"confidence": 0', b'"confidence": NaN'),
        bundle(stix("malware", "one")).replace(b'"name": "one"', b'"name": "o\xffne"'),
        b'{"type":"bundle","id":"bundle--1","objects":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"\xef\xbb\xbf" + bundle(stix("malware", "one")),
        raw({"type": "bundle", "id": "bundle--1", "objects": {}}),
        raw({"format": "someone.elses/1"}),
    ],
)
def test_of_a_file_that_is_broken_as_a_whole_nothing_is_kept(pair: Pair, broken: bytes) -> None:
    with pair.il.house.reader() as house:
        before = house.log_size()
    with pytest.raises(Malformed):
        intake.take(pair.il, broken, "own-cyber", DANA)
    with pair.il.house.reader() as house:
        assert (house.counts(), house.log_size()) == ({}, before)


def test_public_bodies_stand_clear_and_all_others_sealed(pair: Pair) -> None:
    take(pair.il, stix("malware", "everybody-may-read-this", Tlp.CLEAR), source="misp-galaxy")
    take(pair.il, stix("malware", "clear-from-a-source-that-is-not-public", Tlp.CLEAR))
    take(pair.il, stix("malware", "green-from-a-public-source", Tlp.GREEN), source="misp-galaxy")
    take(pair.il, stix("malware", "quarantined", None))
    clear = [kept for kept, state in bodies(pair) if state == "clear"]
    sealed = [kept for kept, state in bodies(pair) if state == "sealed"]
    assert len(clear) == 1
    assert b"everybody-may-read-this" in clear[0]
    assert len(sealed) == 3
    files = b"".join(path.read_bytes() for path in (pair.folder / "IL").glob("*.db*"))
    assert b"everybody-may-read-this" in files
    for secret in (b"clear-from-a-source", b"green-from-a-public", b"quarantined\x22"):
        assert secret not in files


def test_every_taking_names_who_took(pair: Pair) -> None:
    with pair.il.house.reader() as house:
        before = house.log_size()
    take(pair.il, stix("malware", "one"))
    with pair.il.house.reader() as house:
        [entry] = house.log_after(before, 10)
    assert (entry.by, entry.entry["act"]) == (DANA.id, "taken")


def test_the_real_bundle_is_taken_in_whole(pair: Pair) -> None:
    """ATT&CK for ICS: every object is live, and taking it again keeps nothing."""
    whole = lzma.decompress((EXAMPLES / "data" / "ics-attack-18.1.json.xz").read_bytes())
    steps: list[int] = []
    result = intake.take(pair.il, whole, "mitre-attack", DANA, steps.append)
    assert (result.taken, result.quarantined) == (1826, [])
    assert steps == [1000, 1826]
    assert intake.take(pair.il, whole, "mitre-attack", DANA).already == 1826
