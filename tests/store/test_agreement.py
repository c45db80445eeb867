"""An agreement's store keeps decisions, releases, what waits, duties, cases and the cursor together."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from comity.acts import ports
from comity.core.errors import Absent, Broken, Malformed, Refused
from comity.records import CaseRow, DutyRow, OutcomeRow, ReleaseState, WaitingRow
from comity.store.agreement import AgreementStore, names, store_of
from comity.store.batch import batch_root, encoded
from comity.store.postgres import schema_of
from tests.store.scene import AGREEMENT, AT, VIEW, Small, decision, release

Q1, Q2 = decision("q1"), decision("q2", "deny")


def fits(small: Small) -> tuple[ports.House, ports.AgreementStore, ports.Vault]:
    """For the type checker: the hands fit the ports of the acts."""
    return small.house, small.store, small.vault


def test_nothing_is_kept_when_the_block_fails(small: Small) -> None:
    """Cursor, decision, body and leaf go together."""
    with suppress(ZeroDivisionError), small.store.begin() as tx:
        tx.put_decisions([Q1])
        tx.put_bodies([b"copy"], sealed=True)
        tx.append("out", [b"leaf"])
        tx.advance(3)
        _ = 1 / 0
    with small.store.reader() as reader:
        assert (reader.cursor(), reader.decision(Q1.did), reader.log_size("out")) == (0, None, 0)


def test_the_cursor_never_goes_back(small: Small) -> None:
    """An entry is decided exactly once."""
    with small.store.begin() as tx:
        tx.advance(7)
        tx.advance(7)
        with pytest.raises(ValueError, match="never goes back"):
            tx.advance(6)
        assert tx.cursor() == 7


def test_decisions_are_remembered_by_question(small: Small) -> None:
    """The newest answer counts; a known one stays; bytes that do not fit the id are `Malformed`."""
    later = replace(decision("other"), question=Q1.question, good_until=None)
    with small.store.begin() as tx:
        tx.put_decisions([Q1, Q2, Q1])
        tx.put_decisions([Q1])
        assert tx.decision_for(Q1.question) == Q1
        tx.put_decisions([later])
        assert tx.decision_for(Q1.question) == later
        assert tx.decision(Q1.did) == Q1
        assert tx.decision_for("0") is None
        with pytest.raises(Malformed):
            tx.put_decisions([replace(Q1, did="0" * 64)])


@pytest.mark.parametrize(("after", "now", "lapsed"), [(-2, -1, False), (-1, 0, True), (0, 1, False), (-9, 9, True)])
def test_lapsed_says_whether_a_decision_ended_in_between(small: Small, after: int, now: int, lapsed: bool) -> None:
    """After `after`, up to and with `now`."""
    assert Q1.good_until is not None
    with small.store.begin() as tx:
        tx.put_decisions([Q1])
        assert tx.lapsed(Q1.good_until + timedelta(seconds=after), Q1.good_until + timedelta(seconds=now)) is lapsed


def test_outcomes_count_once_a_record_by_the_last(small: Small) -> None:
    """Deciding again replaces what is counted, never what is kept."""
    with small.store.begin() as tx:
        tx.put_decisions([Q1, Q2])
        tx.put_outcomes([OutcomeRow(0, 0, "a", Q2.did, "deny"), OutcomeRow(0, 1, "b", Q2.did, "deny")])
        tx.put_outcomes([OutcomeRow(1, 0, "a", Q1.did, "allow")])
        assert tx.outcome_counts() == {("allow", Q1.cites): 1, ("deny", Q2.cites): 1}
        assert tx.outcome_of("a") == OutcomeRow(1, 0, "a", Q1.did, "allow")
        assert tx.outcome_of("c") is None


def test_a_view_is_a_sequence_of_live_copies(small: Small) -> None:
    """Pages go by sequence, void releases leave the view, and the bytes are those that were released."""
    raws = [b"copy %d" % n for n in range(1, 6)]
    with small.store.begin() as tx:
        tx.put_decisions([Q1])
        copies = tx.put_bodies(raws[:3], sealed=True) + tx.put_bodies(raws[3:], sealed=False)
        rows = [release(seq, f"rid{seq}", copy, Q1.did) for seq, copy in enumerate(copies, 1)]
        tx.put_releases(rows)
        tx.void_releases([rows[1].handle, "f" * 32])
    small.reopen()
    with small.store.reader() as reader:
        live = [rows[0], rows[2], rows[3], rows[4]]
        assert reader.releases(VIEW, 0, 10) == live
        assert reader.releases(VIEW, 1, 2) == [rows[2], rows[3]]
        assert list(reader.stream_bytes(VIEW, 0, 10)) == [raws[0], *raws[2:]]
        assert list(reader.stream_bytes(VIEW, 3, 1)) == [raws[3]]
        assert reader.releases("other", 0, 10) == []
        assert list(reader.stream_bytes("other", 0, 10)) == []
        assert reader.released_of(VIEW, ["rid1", "rid2", "x"]) == {"rid1"}
        assert reader.release_of(VIEW, "rid2") == structs.replace(rows[1], state=ReleaseState.VOID)
        assert reader.release_by_handle(rows[2].handle) == rows[2]
        assert (reader.release_of(VIEW, "x"), reader.release_by_handle("x")) == (None, None)
        assert reader.decided_of([rows[2].handle, "x"]) == {rows[2].handle: (rows[2].kind, rows[2].did)}
        assert (reader.next_seq(VIEW), reader.next_seq("other")) == (6, 1)
        assert (reader.last_added(VIEW), reader.last_added("other")) == (rows[4].added, None)


@pytest.mark.parametrize(("seq", "later"), [(1, 5), (3, 5), (2, 0), (2, -1)])
def test_a_sequence_has_no_gap_and_added_rises(small: Small, seq: int, later: int) -> None:
    """One writer, in the order of commits (DECISIONS 13)."""
    with small.store.begin() as tx:
        tx.put_decisions([Q1])
        copy = tx.put_bodies([b"copy"], sealed=True)[0]
        tx.put_releases([release(1, "a", copy, Q1.did)])
        added = AT + timedelta(microseconds=1 + later)
        with pytest.raises(ValueError, match="no gaps"):
            tx.put_releases([structs.replace(release(seq, "b", copy, Q1.did), added=added)])


def test_a_destroyed_copy_is_absent_and_its_release_remains(small: Small) -> None:
    """Destroying drops the key of the copy; what was decided and told stays on record."""
    with small.store.begin() as tx:
        tx.put_decisions([Q1])
        copy = tx.put_bodies([b"copy"], sealed=True)[0]
        tx.put_releases([release(1, "a", copy, Q1.did)])
    with small.store.begin() as tx:
        tx.destroy(copy)
    with small.store.reader() as reader:
        assert len(reader.releases(VIEW, 0, 10)) == 1
        with pytest.raises(Absent, match="destroyed"):
            reader.body(copy)
    with small.store.begin() as tx:
        again = tx.put_bodies([b"copy"], sealed=True)[0]
    with small.store.reader() as reader:
        assert reader.body(again) == b"copy"
        with pytest.raises(Absent, match="destroyed"):
            reader.body(copy)


def test_what_waits_is_found_by_what_it_waits_for(small: Small) -> None:
    """Each row with all that it waits for; a record waits once a view."""
    with small.store.begin() as tx:
        tx.put_decisions([Q1])
        one, two = WaitingRow("a", VIEW, Q1.did, ("x", "y")), WaitingRow("b", VIEW, Q1.did, ("y",))
        tx.put_waiting([one, two, WaitingRow("a", "other", Q1.did, ("x",))])
        assert tx.waiting_on(VIEW, ["x"]) == [one]
        assert tx.waiting_on(VIEW, ["x", "y", "z"]) == tx.all_waiting(VIEW) == [one, two]
        tx.put_waiting([replace(one, missing=("z",))])
        assert tx.waiting_on(VIEW, ["x"]) == []
        tx.drop_waiting(VIEW, ["a"])
        assert tx.all_waiting(VIEW) == [two]
        with pytest.raises(ValueError, match="for something"):
            tx.put_waiting([replace(one, missing=())])


def test_unreleased_are_decided_and_not_live(small: Small) -> None:
    """By id, a page at a time; a void release counts as none."""
    with small.store.begin() as tx:
        tx.put_decisions([Q1])
        tx.put_outcomes([OutcomeRow(0, pos, rid, Q1.did, "deny") for pos, rid in enumerate("abcde")])
        tx.put_outcomes([OutcomeRow(1, 0, "a", Q1.did, "deny")])
        copy = tx.put_bodies([b"copy"], sealed=True)[0]
        rows = [release(1, "b", copy, Q1.did), release(2, "c", copy, Q1.did)]
        tx.put_releases(rows)
        tx.void_releases([rows[1].handle])
        tx.put_waiting([WaitingRow("d", VIEW, Q1.did, ("x",))])
        assert tx.unreleased(VIEW, "", 10) == ["a", "c", "d", "e"]
        assert tx.unreleased(VIEW, "a", 1) == ["c"]
        assert tx.unreleased(VIEW, "", 10, since=1) == ["c", "d", "e"]
        tx.put_outcomes([OutcomeRow(2, 0, "c", Q1.did, "allow"), OutcomeRow(2, 1, "d", Q1.did, "waiting")])
        assert tx.unreleased(VIEW, "", 10, since=2) == ["a", "c", "d", "e"]
        assert tx.unreleased("other", "", 10) == list("abcde")


def test_a_case_is_written_by_who_saw_its_last_version(small: Small) -> None:
    """The second of two officers who read the same version is refused."""
    with small.store.begin() as tx:
        tx.put_case(CaseRow("room/1", "r", 1, "open", b"{}"))
        tx.put_case(CaseRow("room/1", "r", 2, "closed", b"{}"))
        with pytest.raises(Refused, match="changed meanwhile"):
            tx.put_case(CaseRow("room/1", "r", 2, "open", b"{}"))
        assert tx.cases("room/1") == [CaseRow("room/1", "r", 2, "closed", b"{}")]
        assert tx.case("room/1", "absent") is None


def test_a_duty_is_replaced_by_its_id(small: Small) -> None:
    """What settles it becomes part of the row."""
    open_ = DutyRow("d", "return", "VII", "LY", AT, AT, "3 months", "h", "open", (("to", "CI"),))
    with small.store.begin() as tx:
        tx.put_duty(open_)
        [proof] = tx.put_bodies([b"signed"], sealed=False)
        done = replace(open_, state="settled", evidence="ab" * 32, kind="receipt", proof=proof, settled=AT)
        tx.put_duty(done)
        assert tx.duties() == [done]
        assert (tx.duty("d"), tx.duty("e"), tx.duties("open")) == (done, None, [])


def test_opening_never_creates(small: Small) -> None:
    """A missing store is `Absent` with the command that makes one."""
    with pytest.raises(Absent) as caught:
        AgreementStore.open(small.directory, "another", small.house.safe.keys, small.vault, small.dsn)
    assert "comity agreement import" in caught.value.hint
    assert names(small.directory) == ([AGREEMENT] if small.dsn is None else [])


def test_a_file_under_another_name_is_not_taken_for_it(small: Small) -> None:
    """An exchanged file is `Broken`, before a word of it is believed."""
    small.close()
    if small.dsn is None:
        folder = small.directory / "agreements"
        (folder / f"{AGREEMENT}.db").rename(folder / "another.db")
    else:
        moved = f'ALTER SCHEMA "{schema_of(store_of(AGREEMENT))}" RENAME TO "{schema_of(store_of("another"))}"'
        small.raw("house").run(moved)
    with pytest.raises(Broken, match=AGREEMENT):
        AgreementStore.open(small.directory, "another", small.house.safe.keys, small.vault, small.dsn)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b", "x" * 101, "a\x00", "é", "a."])
def test_an_id_that_cannot_name_a_file_is_malformed(small: Small, name: str) -> None:
    """No id reaches outside the folder."""
    with pytest.raises(Malformed):
        AgreementStore.create(small.directory, name, small.house.safe.keys, small.vault)


def test_a_batch_root_covers_every_column_but_the_state() -> None:
    """What an auditor recomputes from rows is what the leaf says; order of rows does not matter, any value does."""
    outcomes = [OutcomeRow(0, pos, f"r{pos}", Q1.did, "allow") for pos in range(3)]
    releases = [release(seq, f"r{seq}", "copy", Q1.did) for seq in range(1, 4)]
    root = batch_root(outcomes, releases)
    assert batch_root(outcomes[::-1], releases[::-1]) == root
    assert batch_root(outcomes, [structs.replace(one, state=ReleaseState.VOID) for one in releases]) == root
    assert batch_root(outcomes[:2], releases) != root
    for changed in ({"rid": "x"}, {"did": "x"}, {"outcome": "deny"}):
        assert batch_root([structs.replace(outcomes[0], **changed), *outcomes[1:]], releases) != root
    for name in ("handle", "rid", "copy", "did", "kind", "ext_id", "ext_ver"):
        assert batch_root(outcomes, [structs.replace(releases[0], **{name: "x"}), *releases[1:]]) != root
    assert batch_root(outcomes, [structs.replace(releases[0], valid_until=None), *releases[1:]]) != root


VALUES = st.none() | st.integers() | st.text() | st.binary()


@given(st.lists(VALUES), st.lists(VALUES))
def test_two_lists_of_values_never_have_one_spelling(one: list[None], other: list[None]) -> None:
    """The spelling under every mac and root is injective."""
    typed = [[(type(value), value) for value in values] for values in (one, other)]
    assert (encoded(one) == encoded(other)) is (typed[0] == typed[1])
