"""What an originator asks back is returned, or destroyed in every table with its keys, and certified to it by name."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from comity.acts import discharging, duties, intake, notifying, returning
from comity.acts.duties import Owed
from comity.acts.node import Node
from comity.agreement.instrument import Agreement, Term
from comity.core.errors import Absent, Malformed, Refused
from comity.records import RecordState
from comity.release import returning as returns
from comity.release.register import State
from tests.acts.restored import comity, verified
from tests.acts.test_compromise import given
from tests.acts.test_events import tell
from tests.acts.things import SHAMUR, bundle, origin, portion, report, stix, take, take_report
from tests.joined import DANA, KEN, Pair, example, opened, pair_in, sign


def asked(pair: Pair, *handles: str) -> str:
    """Israel asks back what it gave; the duty's id."""
    returning.request(pair.il, pair.agreement, handles, "FICTIONAL. The exercise is over.", DANA)
    pair.settle()
    return owed(pair.jp)[-1].row.id


def owed(node: Node) -> list[Owed]:
    return [one for one in duties.register(node) if one.row.duty in ("return", "return-or-destroy")]


def test_a_request_opens_one_duty_on_both_sides_by_its_article_and_clock(pair: Pair) -> None:
    given(pair)
    asked(pair)
    [ours], [theirs] = owed(pair.jp), owed(pair.il)
    assert ours.row.id == theirs.row.id
    assert (ours.row.duty, ours.row.actor, ours.row.article) == ("return-or-destroy", "JP", "agreement:8(1)@1")
    assert ours.row.time == "2027-04-01"
    assert len(duties.register(pair.jp)) == 1


def test_what_was_destroyed_is_gone_from_every_table_and_certified(pair: Pair) -> None:
    handle, other = given(pair, "one"), given(pair, "two")
    duty = asked(pair, handle)
    done = returning.destroy(pair.jp, duty, KEN)
    assert done.handles == (handle,)
    pair.settle()
    for node in (pair.jp, pair.il):
        [one] = owed(node)
        assert (one.row.state, one.row.kind) == (State.SETTLED, "certificate")
    with pair.jp.house.reader() as house:
        record, kept = house.by_handle(handle), house.by_handle(other)
        assert record is not None
        assert kept is not None
        assert (record.state, record.why) == (RecordState.DESTROYED, duty)
        with pytest.raises(Absent, match="destroyed"):
            house.body(record.bid)
        assert house.body(kept.bid)
    with pair.jp.agreements(pair.agreement).reader() as reader:
        assert [bool(row.raw) for row in reader.all_incoming()].count(False) == 1


def test_what_was_made_from_it_goes_too_and_what_was_made_from_other_things_stays(pair: Pair) -> None:
    handle, other = given(pair, "one"), given(pair, "two")
    with pair.jp.house.reader() as house:
        rids = [record.rid for name in (handle, other) if (record := house.by_handle(name)) is not None]
    made = [
        intake.take(pair.jp, bundle(stix("malware", name)), "own-cyber", KEN, made_from=(rid,)).rids[0]
        for name, rid in zip(("from one", "from two"), rids, strict=True)
    ]
    pair.settle()
    assert [one.record.rid for one in returning.items(pair.jp, pair.agreement)] == [*rids, *made]
    done = returning.destroy(pair.jp, asked(pair, handle), KEN)
    assert (done.handles, done.derived) == ((handle,), 1)
    with pair.jp.house.reader() as house:
        states = [record.state for rid in made if (record := house.record(rid)) is not None]
    assert states == [RecordState.DESTROYED, RecordState.LIVE]


def test_yesterdays_backup_forgets_it_too(tmp_path: Path) -> None:
    with pair_in(tmp_path) as pair:
        handle = given(pair)
        comity("backup --data JP backups", tmp_path)
        returning.destroy(pair.jp, asked(pair), KEN)
        comity("backup --data JP today", tmp_path)
    (tmp_path / "JP").rename(tmp_path / "lost")
    comity("restore backups --into JP --vault lost/vault --keys today/keys/keys.db", tmp_path)
    with opened(tmp_path) as pair:
        with pair.jp.house.reader() as house:
            record = house.by_handle(handle)
            assert record is not None
            with pytest.raises(Absent, match="destroyed"):
                house.body(record.bid)
        with pair.jp.agreements(pair.agreement).reader() as reader:
            assert [row.raw for row in reader.all_incoming()] == [b""]


def test_both_ledgers_and_stores_still_verify(pair: Pair) -> None:
    given(pair, "one")
    handle = given(pair, "two")
    returning.destroy(pair.jp, asked(pair, handle), KEN)
    pair.settle()
    verified(pair)


def test_life_goes_on_after_a_destruction(pair: Pair) -> None:
    returning.destroy(pair.jp, asked(pair, given(pair)), KEN)
    pair.settle()
    assert given(pair, "later")
    take(pair.jp, stix("malware", "back"))
    pair.settle()
    with pair.il.house.reader() as house:
        assert [one.source for one in house.by_ext_id(stix("malware", "back")["id"])] == ["JP"]


def test_the_same_again_destroys_and_certifies_nothing_more(pair: Pair) -> None:
    duty = asked(pair, given(pair))
    first = returning.destroy(pair.jp, duty, KEN)
    again = returning.destroy(pair.jp, duty, KEN)
    pair.settle()
    assert again == replace(first, certificate=None)
    assert len(notifying.received(pair.il, pair.agreement, discharging.KIND)) == 1


def test_what_is_asked_back_already_is_not_asked_again(pair: Pair) -> None:
    """One duty a set, and no two that overlap."""
    handle = given(pair, "one")
    asked(pair, handle)
    with pytest.raises(Refused, match=returning.ASKED):
        returning.request(pair.il, pair.agreement, [handle], "", DANA)
    with pytest.raises(Absent, match="left to ask"):
        returning.request(pair.il, pair.agreement, [], "", DANA)
    given(pair, "two")
    asked(pair)
    assert len(owed(pair.jp)) == len(owed(pair.il)) == 2


def test_nobody_asks_back_what_it_did_not_give(pair: Pair) -> None:
    handle = given(pair)
    with pytest.raises(Absent, match="0 things"):
        returning.request(pair.jp, pair.agreement, [handle], "", KEN)


def test_a_receipt_of_the_originator_settles_it_and_what_is_left_may_go_then(pair: Pair) -> None:
    duty = asked(pair, given(pair))
    returning.receive(pair.il, duty, b"FICTIONAL. One disk, returned.", DANA)
    pair.settle()
    assert [one.row.kind for one in (*owed(pair.il), *owed(pair.jp))] == ["receipt", "receipt"]
    done = returning.destroy(pair.jp, duty, KEN)
    assert (len(done.handles), done.certificate) == (1, None)
    verified(pair)


def test_a_certificate_that_names_nothing_settles_nothing(pair: Pair) -> None:
    duty = asked(pair, given(pair))
    with pytest.raises(Refused, match="names every thing"):
        discharging.settle(pair.jp, duty, b"Trust us.", KEN, "certificate")
    assert owed(pair.jp)[0].row.state == State.OPEN


def test_only_the_holder_destroys(pair: Pair) -> None:
    with pytest.raises(Refused, match="none of ours"):
        returning.destroy(pair.il, asked(pair, given(pair)), DANA)


def changed(*terms: Term, without: tuple[str, ...] = ()) -> Agreement:
    """The example's next version with these terms, and without those of some kinds."""
    draft = example()
    life = replace(draft.life, signed="2027-03-01", in_force_from="2027-03-02")
    kept = tuple(term for term in draft.terms if term.rule not in without)
    return replace(draft, version=2, life=life, terms=(*kept, *terms))


def term(article: str, rule: str, **params: object) -> Term:
    return Term(article, rule, params, dict.fromkeys(("en", "ja", "he"), "FICTIONAL."))


def test_what_an_article_keeps_from_destruction_stays_and_is_named(pair: Pair) -> None:
    sign(pair, changed(term("8(7)", "destroy-consent", requires="prior-written-consent", consent_from="originator")))
    take_report(pair.il, report("FDI-X", portion("1", origin(SHAMUR))))
    pair.settle()
    duty = asked(pair)
    with pytest.raises(Refused, match=r"8\(7\)"):
        returning.destroy(pair.jp, duty, KEN)
    assert owed(pair.jp)[0].row.state == State.OPEN
    assert [one.record.state for one in returning.items(pair.jp, pair.agreement)] == [RecordState.LIVE]


def test_what_the_text_lets_be_kept_stays_and_is_named_with_its_article(pair: Pair) -> None:
    sign(pair, changed(term("8(8)", "contract-end")))
    handle, other = given(pair, "one"), given(pair, "two")
    duty = asked(pair)
    with pytest.raises(Malformed, match="lets nothing be kept"):
        returning.destroy(pair.jp, duty, KEN, {handle: "8(1)"})
    done = returning.destroy(pair.jp, duty, KEN, {handle: "8(8)"})
    assert (done.handles, [(one.handle, one.article) for one in done.kept]) == (
        (other,),
        [(handle, "agreement:8(8)@2")],
    )
    with pair.jp.house.reader() as house:
        record = house.by_handle(handle)
        assert record is not None
        assert house.body(record.bid)


def test_without_an_article_nobody_asks_anything_back(pair: Pair) -> None:
    sign(pair, changed(without=("return-or-destroy", "survival")))
    given(pair)
    with pytest.raises(Refused, match=returning.NO_ARTICLE):
        returning.request(pair.il, pair.agreement, [], "", DANA)


def test_who_asked_may_let_go_of_it_by_an_event_and_who_owes_it_may_not(pair: Pair) -> None:
    duty = asked(pair, given(pair))
    tell(pair, pair.jp, "released-from-duty", on="2027-03-02", scope=duty)
    pair.settle()
    assert [one.row.state for one in (*owed(pair.il), *owed(pair.jp))] == ["open", "open"]
    tell(pair, pair.il, "released-from-duty", on="2027-03-02", scope=duty)
    pair.settle()
    assert [one.row.state for one in (*owed(pair.il), *owed(pair.jp))] == ["released", "released"]


VECTORS = Path(__file__).parents[1] / "vectors" / "return"


def vectors(name: str) -> list[object]:
    rows = [json.loads(line) for line in (VECTORS / f"{name}.jsonl").read_text("utf-8").splitlines()]
    return [pytest.param(row["body"], id=row["name"]) for row in rows]


@pytest.mark.parametrize("body", vectors("good"))
def test_a_good_request_is_read_and_written_as_it_was(body: dict[str, object]) -> None:
    assert returns.read(body).as_json() == body


@pytest.mark.parametrize("body", vectors("bad"))
def test_a_bad_request_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        returns.read(body)


def test_the_list_is_written_as_its_page_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats" / "return.md").read_text("utf-8")
    kept = (returning.Kept("22" * 16, "agreement:8(8)@1"),)
    done = returning.Destroyed("8d02c4" + "0" * 25 + "1", "IL-JP-FICTION", ("11" * 16,), 0, kept, None)
    assert returning.document(done).decode() in page
