"""A fork is named on both sides, stops its agreement, and ends only when two different people have decided."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from comity.acts import carrying, deliver, follow, forks, restoring
from comity.acts.accept import accept
from comity.acts.node import Node
from comity.acts.sending import IN, OUT
from comity.core.errors import Absent, Broken, Malformed, Refused, Unreachable
from comity.exchange.body import Epoch
from comity.exchange.lane import Lane
from comity.ledger import leaf
from comity.ledger.recovery import Fork, Side
from comity.store.agreement_tables import stack
from tests.acts.crossing import Forge, outbox, read_receipt
from tests.acts.restored import (
    again,
    back_up,
    comity,
    copied_by_hand,
    day,
    epochs,
    lose_and_restore,
    reconcile,
    verified,
)
from tests.acts.things import holds, stix, take
from tests.joined import AGREEMENT, DANA, KEN, Pair, pair_in


def open_fork(node: Node) -> forks.Named | None:
    with node.house.reader() as house:
        return forks.open_fork(house, AGREEMENT)


def named(pair: Pair) -> list[bool]:
    """Whether each side has named a fork that is open."""
    return [open_fork(node) is not None for node in (pair.il, pair.jp)]


def logs(node: Node) -> set[str]:
    with node.agreements(AGREEMENT).reader() as reader:
        return set(reader.connection.execute(select(stack.c.log)).scalars())  # type: ignore[attr-defined]  # the store's


# -- found -----------------------------------------------------------------------------------------------------------


def test_two_stories_under_one_number(pair: Pair) -> None:
    first, other = Forge(pair), Forge(pair)
    accept(pair.il, first.send(first.stix(stix("malware", "one"))))
    receipt = read_receipt(pair, accept(pair.il, other.send(other.stix(stix("malware", "two")))))
    fork = open_fork(pair.il)
    assert receipt.code == "chain-fork"
    assert fork is not None
    assert "two stories" in fork.fork.what
    assert (fork.fork.log, fork.fork.ours.size) == ("comity/IL-JP-FICTION/JP/main", 1)


def test_another_leaf_at_a_known_position(pair: Pair) -> None:
    """In another lane nothing in the chain is wrong: the ledger shows it, and the envelope does not come in."""
    first, other = Forge(pair), Forge(pair)
    accept(pair.il, first.send(first.stix(stix("malware", "one"))))
    before = holds(pair.il, "JP")
    answer = read_receipt(pair, accept(pair.il, other.send(other.stix(stix("malware", "two")), lane=Lane.PRIORITY)))
    assert (answer.code, named(pair)) == ("chain-fork", [True, False])
    assert holds(pair.il, "JP") == before


def test_a_new_epoch_that_tells_another_end_of_the_old_one(pair: Pair) -> None:
    forge = Forge(pair)
    accept(pair.il, forge.send(forge.stix(stix("malware", "one"))))
    body = Epoch("restored-backup", 1, 1, "ab" * 32)
    answer = read_receipt(pair, accept(pair.il, forge.send(body, epoch=9, sequence=1, previous="0" * 64)))
    assert (answer.code, named(pair)) == ("chain-fork", [True, False])


def test_a_log_that_was_rewritten(pair: Pair) -> None:
    """The root under the partner's own signature is not that of the leaves it sent before."""
    take(pair.il, stix("malware", "one"))
    pair.settle()
    with pair.il.agreements(AGREEMENT).begin() as tx:
        tx.set_aside("out", 0, "out/before")
        tx.append("out", [b'{"leaf":"rewritten"}'])
    take(pair.il, stix("malware", "two"))
    follow.follow(pair.il, AGREEMENT)
    deliver.deliver_due(pair.il, AGREEMENT)
    fork = open_fork(pair.jp)
    assert fork is not None
    assert "the root signed over the first 2 leaves" in fork.fork.what
    assert (fork.fork.ours.size, fork.fork.theirs.size) == (1, 2)
    assert len(holds(pair.jp, "IL")) == 1


@pytest.mark.slow
def test_an_old_copy_shows_itself_by_what_the_partner_countersigned(tmp_path: Path) -> None:
    """It was copied back by hand and sends nothing: the partner's next envelope brings back a note over more leaves."""
    with pair_in(tmp_path) as pair:
        day(pair, "one")
    shutil.copytree(tmp_path / "IL", tmp_path / "yesterday")
    with again(tmp_path) as pair:
        take(pair.il, stix("malware", "two"))
        pair.settle()
    copied_by_hand(tmp_path)
    with again(tmp_path) as pair:
        take(pair.jp, stix("malware", "three"))
        follow.follow(pair.jp, AGREEMENT)
        with pytest.raises(Broken, match="countersigned 5 leaves of it that are not the 4 here"):
            deliver.deliver_due(pair.jp, AGREEMENT)
        fork = open_fork(pair.il)
        assert fork is not None
        assert "an old copy" in fork.fork.what


def test_a_thing_that_is_no_fork_is_none(pair: Pair) -> None:
    day(pair, "one")
    forge = Forge(pair, sequence=7)
    assert read_receipt(pair, accept(pair.il, forge.send(forge.stix(stix("malware", "x"))))).code == "chain-gap"
    assert named(pair) == [False, False]


# -- resolved --------------------------------------------------------------------------------------------------------

FORK = Fork("comity/IL-JP-FICTION/JP/main", "leaf 3 differs", Side(4, "aa" * 32), Side(5, ""))


def test_it_takes_two_different_people(pair: Pair) -> None:
    with pytest.raises(Absent, match="no fork stops"):
        forks.resolve(pair.il, AGREEMENT, "nothing", DANA)
    forks.name(pair.il, AGREEMENT, FORK)
    forks.name(pair.il, AGREEMENT, replace(FORK, what="another, later"))
    assert not forks.resolve(pair.il, AGREEMENT, "compared", DANA).resolved
    with pytest.raises(Refused, match="a second person"):
        forks.resolve(pair.il, AGREEMENT, "compared again", DANA)
    with pytest.raises(Malformed, match="one line"):
        forks.resolve(pair.il, AGREEMENT, "", KEN)
    with pytest.raises(Unreachable, match=r"two histories: leaf 3 differs; ours has 4 leaves, root (aa){32}, theirs 5"):
        restoring.check_moving(pair.il, AGREEMENT)
    assert forks.resolve(pair.il, AGREEMENT, "compared", KEN).resolved
    cause = restoring.cause(pair.il, AGREEMENT)
    assert cause is not None
    assert (cause.reason, cause.adopt) == ("fork-resolved", True)
    with pair.il.house.reader() as house:
        acts = [(entry.by, entry.entry["kind"]) for entry in house.log_after(0, 1000) if entry.entry["act"] == "fact"]
    assert acts[-3:] == [("node:IL", "fork"), (DANA.id, "fork-resolution"), (KEN.id, "fork-resolution")]


def two_stories(folder: Path) -> None:
    """Yesterday's directory in the place of today's, by hand: it does not know what it sent."""
    with pair_in(folder) as pair:
        day(pair, "one")
    shutil.copytree(folder / "IL", folder / "yesterday")
    with again(folder) as pair:
        day(pair, "two")
    copied_by_hand(folder)


@pytest.mark.slow
def test_a_node_copied_back_by_hand_is_stopped_until_two_people_resolve_it(tmp_path: Path) -> None:
    two_stories(tmp_path)
    with again(tmp_path) as pair:
        there = holds(pair.jp, "IL")
        take(pair.il, stix("malware", "other"))
        follow.follow(pair.il, AGREEMENT)
        deliver.deliver_due(pair.il, AGREEMENT)
        assert named(pair) == [True, True]
        _nothing_moves(pair, there)
        _two_people(pair, tmp_path)
        assert named(pair) == [False, False]
        for node in (pair.il, pair.jp):
            reconcile(node)
        pair.settle()
        day(pair, "three")
        assert len(holds(pair.jp, "IL")) == len(there) + 4, "also what was sent into the fork"
        assert [len(epochs(node)) for node in (pair.il, pair.jp)] == [2, 2]
        assert any(log.startswith("out/") for log in logs(pair.il)), "the other history is kept"
        verified(pair)


def _nothing_moves(pair: Pair, there: dict[str, bytes]) -> None:
    take(pair.jp, stix("malware", "waits"))
    assert [follow.follow(node, AGREEMENT).read for node in (pair.il, pair.jp)] == [0, 0]
    forge = Forge(pair, sequence=2, previous=outbox(pair.jp, AGREEMENT)[-1].digest)
    for attempt in (
        lambda: accept(pair.il, forge.send(forge.stix(stix("malware", "pushed")))),
        lambda: carrying.to_carry(pair.jp, AGREEMENT),
    ):
        with pytest.raises(Unreachable, match="two histories"):
            attempt()
    with pytest.raises(Unreachable, match="two histories"):
        deliver.record_receipt(pair.il, AGREEMENT, outbox(pair.il, AGREEMENT)[0].receipt or b"")
    assert holds(pair.jp, "IL") == there


def _two_people(pair: Pair, folder: Path) -> None:
    assert "! fork: " in comity("status --data IL", folder).text
    assert "OPEN" in comity("fork show --data IL", folder).text
    for data in ("IL", "JP"):
        comity(f"fork resolve --data {data} {AGREEMENT} --why compared --by dana", folder)
        said = comity(f"fork resolve --data {data} {AGREEMENT} --why compared --by dana", folder, 77)
        assert "a second person" in said.text
    assert named(pair) == [True, True]
    for data in ("IL", "JP"):
        comity(f"fork resolve --data {data} {AGREEMENT} --why compared --by ken", folder)


@pytest.mark.slow
def test_leaves_that_nobody_holds_any_more_are_a_fork_until_two_people_let_them_go(tmp_path: Path) -> None:
    """Signed after the backup, never sent, and a later leaf was. The log goes on, and says where it lost one."""
    with pair_in(tmp_path) as pair:
        day(pair, "one")
        back_up(tmp_path)
        pair.cables[0].cut = True
        take(pair.il, stix("malware", "unsent"))
        follow.follow(pair.il, AGREEMENT)
        take(pair.jp, stix("malware", "came"))
        follow.follow(pair.jp, AGREEMENT)
        deliver.deliver_due(pair.jp, AGREEMENT)
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:
        with pytest.raises(Broken, match="neither side holds them any more"):
            reconcile(pair.il)
        assert named(pair) == [True, False]
        there = holds(pair.jp, "IL")
        for person in ("dana", "ken"):
            comity(f"fork resolve --data IL {AGREEMENT} --why lost --by {person}", tmp_path)
        reconcile(pair.il)
        take(pair.il, stix("malware", "unsent"))
        pair.settle()
        day(pair, "two")
        assert len(holds(pair.jp, "IL")) == len(there) + 4, "what was lost unsent goes when it is taken in again"
        assert len(holds(pair.il, "JP")) == len(holds(pair.jp, "own-cyber"))
        assert lost_leaves(pair) == [1, 1], "one position, the same in both copies of the log"
        verified(pair)


def lost_leaves(pair: Pair) -> list[int]:
    found = []
    for node, log in ((pair.il, OUT), (pair.jp, IN)):
        with node.agreements(AGREEMENT).reader() as reader:
            leaves = [leaf.parse(raw) for _, raw in reader.leaves(log, 0, reader.log_size(log))]
        found.append(sum(isinstance(one, leaf.Lost) for one in leaves))
    return found
