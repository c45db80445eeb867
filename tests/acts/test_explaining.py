"""What would go is shown to the byte; why it stays is said with the article, in the reader's language."""

import json
from typing import Any

import pytest

from comity.acts import explaining, follow, intake, standing
from comity.acts.explaining import Preview
from comity.core.errors import Absent, Refused
from comity.labels.label import Tlp
from comity.release.question import Outcome
from tests.acts.things import (
    BEYOTER,
    SHAMUR,
    holds,
    note,
    origin,
    portion,
    record,
    relation,
    report,
    stix,
    take,
    take_report,
)
from tests.joined import DANA, EXAMPLES, Pair, standing_release


def previews(pair: Pair, rids: list[str]) -> dict[str, Preview]:
    return {rid: explaining.preview(pair.il, rid, "JP") for rid in rids}


def test_preview_shows_the_very_bytes_that_arrive(pair: Pair) -> None:
    """The whole example: what passes, is sanitised, waits or stays; no byte is promised that does not go."""
    folder = EXAMPLES / "israel-japan"
    rids = intake.take(pair.il, (folder / "threats.json").read_bytes(), "own-cyber", DANA).rids
    for path in sorted((folder / "reports").glob("*.json")):
        rids += intake.take(pair.il, path.read_bytes(), "own-intelligence", DANA).rids
    before = previews(pair, rids)
    pair.settle()
    arrived = holds(pair.jp, "IL")
    shown = {one.record.ext_id: one.raw for one in before.values() if one.raw is not None}
    assert shown == arrived
    assert len(arrived) >= 6
    assert {one.raw for one in previews(pair, rids).values()} - {None} == set(arrived.values())


def test_a_copy_without_a_reference_is_shown_without_it(pair: Pair) -> None:
    kept, barred = stix("malware", "kept"), stix("malware", "barred", Tlp.RED)
    rids = take(pair.il, kept, barred, note("n", [kept, barred])).rids
    shown = explaining.preview(pair.il, rids[2], "JP")
    assert shown.raw is not None
    assert json.loads(shown.raw)["object_refs"] == [kept["id"]]


def test_what_would_wait_shows_nothing_but_what_for(pair: Pair) -> None:
    kept, barred = stix("malware", "kept"), stix("malware", "barred", Tlp.RED)
    rids = take(pair.il, kept, barred, relation("r", kept, barred)).rids
    for _ in range(2):
        shown = explaining.preview(pair.il, rids[2], "JP")
        assert (shown.raw, shown.label, shown.waiting_for) == (None, None, (barred["id"],))
        follow.follow(pair.il, pair.agreement)


def test_preview_writes_nothing(pair: Pair) -> None:
    rids = take(pair.il, stix("malware", "one")).rids
    explaining.preview(pair.il, rids[0], "JP")
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert (reader.outcome_counts(), list(reader.all_outgoing())) == ({}, [])


def test_a_pending_fact_counts_in_a_preview(pair: Pair) -> None:
    rids = take(pair.il, stix("malware", "one"), note("n", [stix("malware", "one")])).rids
    follow.follow(pair.il, pair.agreement)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    late = take(pair.il, stix("malware", "two")).rids[0]
    assert explaining.preview(pair.il, late, "JP").raw is None
    standing.sign(pair.il, standing_release(pair.il, "again", ("cyber.*",)), DANA)
    assert explaining.preview(pair.il, late, "JP").raw is not None
    assert explaining.preview(pair.il, rids[0], "JP").raw is not None


def test_what_already_went_is_shown_as_it_went(pair: Pair) -> None:
    rid = take(pair.il, stix("malware", "one")).rids[0]
    pair.settle()
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    shown = explaining.preview(pair.il, rid, "JP")
    assert shown.raw == holds(pair.jp, "IL")[stix("malware", "one")["id"]]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Information up to TLP:AMBER may be given"), ("ja", "TLP:AMBERまでの情報"), ("he", "ניתן למסור מידע")],
)
def test_a_denial_is_explained_in_the_words_of_its_article(pair: Pair, language: str, words: str) -> None:
    rid = take(pair.il, stix("malware", "one", Tlp.RED)).rids[0]
    told = explaining.explain(pair.il, rid, "JP", language)
    assert told.outcome == "deny"
    assert told.articles[0] == "agreement:4(5)@1"
    assert any(words in sentence for sentence in told.sentences)


def test_each_state_has_its_word(pair: Pair) -> None:
    kept, barred = stix("malware", "kept"), stix("malware", "barred", Tlp.RED)
    rids = take(pair.il, kept, barred, relation("r", kept, barred)).rids
    held = take(pair.il, stix("malware", "unmarked", None)).quarantined[0][0]
    tear = report("R-1", portion("top", origin(BEYOTER)), portion("low", origin(SHAMUR)), tear_line=["low"])
    sanitised = take_report(pair.il, tear).rids[0]
    assert explaining.explain(pair.il, sanitised, "JP").outcome == "sanitise"
    pair.settle()
    told = [explaining.explain(pair.il, rid, "JP") for rid in (*rids, held, sanitised)]
    assert [one.outcome for one in told] == ["released", "deny", "waiting", "quarantined", "released"]
    assert all(one.articles and one.sentences for one in told)
    assert told[2].waiting_for == (barred["id"],)
    assert "unmarked" in told[3].sentences[0]


def test_a_third_states_part_names_whose_consent_is_needed(pair: Pair) -> None:
    mixed: list[dict[str, Any]] = [origin(SHAMUR), {"origin": "XX", "level": "XX-CONFIDENTIAL"}]
    rid = take_report(pair.il, report("R-1", portion("all", *mixed))).rids[0]
    told = explaining.explain(pair.il, rid, "JP")
    assert told.outcome in ("needs-consent", "deny")
    assert explaining.preview(pair.il, rid, "JP").raw is None


def test_what_is_not_there_is_absent(pair: Pair) -> None:
    rid = take(pair.il, stix("malware", "one")).rids[0]
    with pytest.raises(Absent, match="no agreement with XX"):
        explaining.explain(pair.il, rid, "XX")
    with pytest.raises(Absent, match="no record"):
        explaining.preview(pair.il, "0" * 64, "JP")


def test_an_id_that_means_two_things_is_refused(pair: Pair) -> None:
    value = stix("malware", "one", Tlp.CLEAR)
    take(pair.il, value)
    take(pair.il, value, source="misp-galaxy")
    with pytest.raises(Refused, match="means 2 records"):
        explaining.preview(pair.il, value["id"], "JP")


def test_in_quarantine_nothing_would_go(pair: Pair) -> None:
    held = take(pair.il, stix("malware", "unmarked", None)).quarantined[0][0]
    assert explaining.preview(pair.il, held, "JP") == Preview(
        record(pair.il, held), Outcome.DENY, ("house:1",), None, None
    )
