"""The books of two nodes fit, or what does not is told in a sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from soak.books import faults

from comity.acts import deliver, follow
from comity.acts.node import Node
from comity.records import OutboxState
from comity.store.agreement import AgreementStore
from tests.acts.crossing import outbox
from tests.acts.things import stix, take
from tests.joined import Pair, pair_in


@pytest.fixture
def crossed(tmp_path: Path) -> Iterator[Pair]:
    """One record went each way."""
    with pair_in(tmp_path) as pair:
        for node in (pair.il, pair.jp):
            take(node, stix("malware", node.party))
        pair.settle()
        yield pair


def test_two_nodes_at_rest_fit(crossed: Pair) -> None:
    assert faults(crossed.il, crossed.jp, crossed.agreement) == []


def test_what_has_no_receipt_is_told(crossed: Pair) -> None:
    take(crossed.il, stix("malware", "later"))
    follow.follow(crossed.il, crossed.agreement)
    assert "envelope ROUTINE 1-2 of IL has no receipt" in faults(crossed.il, crossed.jp, crossed.agreement)


def test_an_answer_that_was_lost_leaves_a_mirror_behind(crossed: Pair) -> None:
    take(crossed.il, stix("malware", "later"))
    follow.follow(crossed.il, crossed.agreement)
    crossed.cables[0].deaf = True
    deliver.deliver_due(crossed.il, crossed.agreement)
    told = faults(crossed.il, crossed.jp, crossed.agreement)
    assert any(fault.startswith("the log of JP has") for fault in told)


def test_another_receipt_on_one_side_is_told(crossed: Pair) -> None:
    [row] = outbox(crossed.il, crossed.agreement)
    store = crossed.il.agreements(crossed.agreement)
    with store.begin() as tx:
        tx.settle(row.digest, b"{}", OutboxState.SETTLED)
    told = faults(crossed.il, crossed.jp, crossed.agreement)
    assert "envelope ROUTINE 1-1 of IL or its receipt differs between the two sides" in told


def test_an_envelope_that_the_other_side_lost_is_told(crossed: Pair) -> None:
    forget_incoming(crossed.jp, crossed.agreement)
    told = faults(crossed.il, crossed.jp, crossed.agreement)
    assert "envelope ROUTINE 1-1 of IL has a receipt, and the other side does not hold it" in told


def forget_incoming(node: Node, agreement: str) -> None:
    store = node.agreements(agreement)
    assert isinstance(store, AgreementStore)
    with store.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM inbox")
