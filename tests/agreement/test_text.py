"""An agreement reads the same from YAML and from JSON, and anything it does not say plainly is refused."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.agreement.check import check
from comity.agreement.draft import with_keys
from comity.agreement.life import State, status_at
from comity.agreement.published import from_published
from comity.agreement.schema import schema
from comity.agreement.span import Span, Unit
from comity.agreement.text import canonical, digest, from_json, from_yaml, to_json
from comity.core import strictjson
from comity.core.errors import Malformed
from tests.agreement.texts import EXAMPLE, at, published, read, small, small_json, term
from tests.keys import signer

RAW = EXAMPLE.read_bytes()
PARTIES = ("IL", "JP")


def test_the_example_reads_equal_from_yaml_and_json() -> None:
    agreement = from_yaml(RAW)
    assert from_json(canonical(agreement)) == agreement
    assert canonical(from_json(canonical(agreement))) == canonical(agreement)
    jsonschema_rs.validate(schema(), to_json(agreement))


def test_the_example_lacks_nothing_but_keys() -> None:
    agreement = from_yaml(RAW)
    assert agreement.fictional
    assert "FICTIONAL" in agreement.title["en"]
    assert {problem.text for problem in check(agreement)} == {
        f"{party} has no key; it needs one" for party in ("IL", "JP")
    }
    assert check(with_keys(agreement, {party: signer(party).public for party in PARTIES})) == ()
    assert {entry.params["field"] for entry in agreement.of("comity-annex")} == {
        "intelligence",
        "cyber",
        "warning",
        "transfer",
        "industry",
        "crisis",
    }
    assert status_at(agreement, at("2026-01-15")).state is State.IN_FORCE


def test_the_example_speaks_every_language_everywhere() -> None:
    agreement = from_yaml(RAW)
    assert agreement.languages == ("en", "ja", "he")
    assert {tuple(entry.text) for entry in agreement.terms} == {agreement.languages}


def test_yaml_scalars_are_typed_by_the_vocabulary_and_never_guessed() -> None:
    agreement = from_yaml(
        b"""
format: comity-agreement/1
id: "1"
version: 1
title: {no: "12:30"}
source: NO
fictional: false
parties: [{id: NO, name: {no: Norge}}, {id: "007", name: {no: "null"}}]
levels: {NO: [NO, YES], "007": [1.0]}
equivalence: [{en: "4.10", NO: NO, "007": null}]
life: {signed: 2027-01-01}
time_words: {promptly: 24, in-time: 10 working days}
terms:
  - {article: 4.10, rule: purpose, exception: null, text: {no: "no"}}
  - {article: 4.1, rule: renewal, notice_days: 90, text: {no: "true"}}
"""
    )
    assert agreement.party_ids == ("NO", "007")
    assert agreement.levels == {"NO": ("NO", "YES"), "007": ("1.0",)}
    assert agreement.equivalence.rows[0]["007"] is None
    assert [entry.article for entry in agreement.terms] == ["4.10", "4.1"]
    assert [dict(entry.params) for entry in agreement.terms] == [{"exception": None}, {"notice_days": 90}]
    assert agreement.time_words == {"promptly": Span(24, Unit.HOURS), "in-time": Span(10, Unit.WORKING_DAYS)}


def changed(**members: Any) -> dict[str, Any]:
    return {**small_json(), **members}


KEY: dict[str, Any] = {"party": "AA", "key": signer("AA").public.as_json()}
REFUSED = [
    (changed(format="comity-agreement/2"), "must say `format: comity-agreement/1`"),
    ({name: value for name, value in small_json().items() if name != "format"}, "must say `format"),
    ({name: value for name, value in small_json().items() if name != "life"}, "lacks 'life'"),
    (changed(colour="red"), "a member we do not know: 'colour'"),
    (changed(version="1"), "version must be a whole number"),
    (changed(version=1.5), "version must be a whole number"),
    (changed(fictional="true"), "fictional must be true or false"),
    (changed(id="../etc"), "id must be a name"),
    (changed(parties=small_json()["parties"][:1]), "at least two parties"),
    (changed(parties=[{"id": "A A", "name": {"en": "A"}}] * 2), "a party's short name"),
    (changed(terms=[]), "one term"),
    (changed(terms={}), "must be a list"),
    (changed(levels={"AA": ["LOW", "LOW"]}), "names one thing twice"),
    (changed(equivalence=[{"en": "SECRET", "CC": "X"}]), "a member we do not know: 'CC'"),
    (changed(equivalence=[{"AA": "HIGH"}]), "lacks 'en'"),
    (changed(levels={"AA\u202e": ["LOW"]}), "without a proper name"),
    (changed(life={"signed": "2027-13-01"}), "must be a date"),
    (changed(life={"signed": "2027-01-01T00:00:00Z"}), "must be a date"),
    (changed(life={"signed": "2027-01-01", "duration": "a while"}), "no duration we read"),
    (changed(life={"signed": "2027-01-01", "termination_notice": "6 months"}), "a period like"),
    (changed(life={"signed": "2027-01-01", "termination_notice": "-P6M"}), "a period like"),
    (changed(life={"signed": "2027-01-01", "events": [{"kind": "suspension", "by": "AA"}]}), "says no moment"),
    (changed(time_words={"promptly": 0}), "1 to 8784 hours"),
    (changed(time_words={"Promptly!": 1}), "a word of a text"),
    (changed(time_words={"promptly": "24"}), "must be a whole number"),
    (changed(time_words={"promptly": "a while"}), "written like"),
    (changed(time_words={"promptly": "1 days"}), "written like"),
    (changed(time_words={"promptly": "9999 months"}), "1 to 120 months"),
    (changed(authorities=[{"id": "x", "party": "AA", "name": {"en": "X"}, "may": ["rule"]}]), "'rule'"),
    (changed(keys=[{**KEY, "key": {"ed25519": KEY["key"]["ed25519"]}}]), "two halves"),
    (changed(keys=[{**KEY, "hpke": "AAAA"}]), "hpke is not"),
    (changed(keys=[{**KEY, "colour": "red"}]), "a member we do not know"),
    ([], "must say `format"),
]


@pytest.mark.parametrize(("value", "says"), REFUSED)
def test_an_unclear_text_is_refused_in_words(value: Any, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        read(value)


def test_a_key_twice_in_one_object_is_refused() -> None:
    raw = strictjson.canonical(small_json()).replace(b'"version":1', b'"version":1,"version":2')
    with pytest.raises(Malformed, match="stands twice"):
        from_json(raw)


def test_the_digest_moves_with_every_word() -> None:
    value = small_json()
    before = digest(read(value))
    value["terms"][0]["text"]["en"] += "."
    assert digest(read(value)) != before


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@given(st.sampled_from(sorted(small_json())), JUNK)
def test_junk_in_any_member_is_malformed_or_meant(member: str, junk: Any) -> None:
    try:
        agreement = read(changed(**{member: junk}))
    except Malformed:
        return
    assert from_json(canonical(agreement)) == agreement


@given(st.binary(max_size=60))
def test_random_bytes_are_malformed(raw: bytes) -> None:
    for reader in (from_json, from_yaml):
        with pytest.raises(Malformed):
            reader(raw)


@given(st.sampled_from(("id", "title", "parties", "levels", "equivalence", "status", "terms", "notes")), JUNK)
def test_junk_in_a_published_instrument_is_malformed(member: str, junk: Any) -> None:
    value = {
        "id": "X",
        "title": "x",
        "parties": ["CH", "KR"],
        "levels": {},
        "equivalence": [],
        "status": {"signed": "2020-01-01"},
        "terms": [],
    }
    try:
        from_published({**value, member: junk})
    except Malformed:
        return


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("on signature, indefinite", "on-signature"),
        ("on receipt of the last note", "on-last-notification"),
        ("first day of the month after receipt of the last note", "first-day-of-month-after-last-notification"),
        (
            "first day of second month after the Netherlands' notification",
            "first-day-of-second-month-after-notification",
        ),
        ("thirty days after the last note", None),
        ("when the moon is full", None),
    ],
)
def test_published_sentences_on_entry_into_force(text: str, rule: str | None) -> None:
    """What is in no sentence we know is never computed, so such a text is not in force without a date."""
    entry = {**term("14", "entry-into-force"), "text": {"en": text}}
    (found,) = published({"signed": "2020-01-01"}, [entry]).terms
    assert found.params.get("rule_text") == rule


def test_small_is_complete() -> None:
    assert check(small()) == ()
