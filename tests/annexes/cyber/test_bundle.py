"""A bundle is split into exactly the bytes of each object, whatever its spacing and escapes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.annexes.cyber import ANNEX, STIX, bundle
from comity.core.errors import Malformed
from tests.annexes.cyber.vectors import bad, good, raw

IDENTITY = good()["identity"]
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab[]{}\\"é'), inner)
)


def wrapped(objects: list[Any], **layout: Any) -> bytes:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}, **layout).encode()


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), max_size=5), st.sampled_from([None, 0, 3]))
def test_every_slice_means_its_object_and_stands_in_the_bundle(objects: list[Any], indent: int | None) -> None:
    for ascii_only in (True, False):
        whole = wrapped(objects, indent=indent, ensure_ascii=ascii_only)
        pieces = list(bundle.split(whole))
        assert [value for _, value in pieces] == objects
        assert [json.loads(part) for part, _ in pieces] == objects
        assert all(part in whole and part[:1] == b"{" and part[-1:] == b"}" for part, _ in pieces)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"[]", "not a STIX bundle"),
        (b'{"type":"report"}', "not a STIX bundle: its `type` is 'report'"),
        (b'{"type":"bundle","objects":[]}', "lacks an `id`"),
        (b'{"type":"bundle","id":"x","objects":[]}', "lacks an `id`"),
        (b'{"type":"bundle","id":"bundle--1","objects":{}}', "not a list"),
        (b'{"type":"bundle","id":"bundle--1","objects":[],"extra":1}', "a member we do not know: 'extra'"),
        (b'{"type":"bundle","id":"bundle--1","spec_version":"2.0","objects":[]}', "STIX 2.0"),
        (b'{"type":"bundle","id":"bundle--1","id":"bundle--1","objects":[]}', "stands twice"),
        (b'{"type":"bundle","id":"bundle--1","objects":[{"a":1,"a":2}]}', "stands twice"),
        (b'{"type":"bundle","id":"bundle--1","objects":[{"a":NaN}]}', "NaN"),
        (b'\xff{"type":"bundle"}', "UTF-8"),
    ],
)
def test_what_is_no_bundle_is_refused_as_a_whole(raw: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says.replace("(", r"\(")):
        bundle.read(raw)


def test_an_envelope_is_split_like_a_bundle() -> None:
    found = bundle.read_envelope(b'{"more":false,"objects":[' + raw(IDENTITY) + b"]}")
    assert [part for part, _ in found.objects] == [raw(IDENTITY)]
    with pytest.raises(Malformed, match="a member we do not know: 'status'"):
        bundle.read_envelope(b'{"objects":[],"status":1}')


def test_one_version_with_other_bytes_is_reported_and_the_same_bytes_count_once() -> None:
    changed = {**IDENTITY, "name": "Another CERT"}
    later = {**IDENTITY, "modified": "2027-03-03T00:00:00.000Z"}
    found = bundle.read(wrapped([IDENTITY, changed, IDENTITY, later]))
    assert [value for _, value in found.objects] == [IDENTITY, changed, later]
    assert list(found.conflicts) == [1]
    assert "stands twice in the bundle at one version" in found.conflicts[1]
    assert found.repeats == 1


def test_one_faulty_object_does_not_hold_back_the_others() -> None:
    faulty, says = bad()["30 February"]
    pieces = list(ANNEX.read(wrapped([IDENTITY, faulty, good()["malware"]])) or ())
    assert [piece.fault is None for piece in pieces] == [True, False, True]
    assert says in (pieces[1].fault or "")
    assert pieces[0].record == STIX.parse(raw(IDENTITY))


def test_markings_are_read_with_the_definitions_that_came_along() -> None:
    statement = good()["statement definition"]
    marked = {**IDENTITY, "object_marking_refs": [statement["id"]]}
    pieces = list(ANNEX.read(wrapped([marked, statement])) or ())
    assert STIX.marked(pieces[0].record, "X").statements == ("Copyright Example CERT",)
    assert STIX.marked(pieces[0].record, "X").problem is None
    assert "a marking we do not know" in (STIX.marked(STIX.parse(raw(marked)), "X").problem or "")


def test_two_definitions_of_one_id_that_disagree_are_both_unknown() -> None:
    statement = good()["statement definition"]
    other = {**statement, "definition": {"statement": "something else"}}
    marked = {**IDENTITY, "object_marking_refs": [statement["id"]]}
    pieces = list(ANNEX.read(wrapped([statement, other, marked])) or ())
    assert "a marking we do not know" in (STIX.marked(pieces[2].record, "X").problem or "")


@pytest.mark.parametrize("raw", [b"", b"hello", b"<alert/>", b"[]", b"{", b'{"format":"intelligence.report/1"}'])
def test_what_is_not_of_this_field_is_left_to_others(raw: bytes) -> None:
    assert ANNEX.read(raw) is None


def test_a_single_object_is_one_piece_with_its_own_bytes() -> None:
    (piece,) = ANNEX.read(b" " + raw(IDENTITY) + b"\n") or ()
    assert (piece.raw, piece.fault) == (raw(IDENTITY), None)


@pytest.mark.parametrize("raw", [b'{"type":"bundle","id":"bundle--1","objects":[', b'{"objects":[1,]}'])
def test_a_bundle_broken_as_a_whole_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        ANNEX.read(raw)
