"""What a house signed under an old key stays good after a new one: the announcement under the old key is the chain."""

import os
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comity.acts import agreements, explaining, mandates, rollover, standing
from comity.acts.node import Node
from comity.agreement import signed
from comity.core.errors import Broken, Refused
from comity.release.mandate import Mandate
from comity.vault import Vault
from comity.wiring import open_node
from tests.acts.things import stix, take
from tests.joined import DANA, NOW, Pair, example

LONG = timedelta(days=400)
HOUR = timedelta(hours=1)


def mandate(person: str) -> Mandate:
    return Mandate(person, "release-officer", NOW - HOUR, NOW + LONG, frozenset({"cyber"}), DANA.id)


def succeeded(node: Node, folder: Path) -> tuple[Node, Vault]:
    """A new vault beside the old one, announced; the node as it is opened next."""
    new = Vault.succeed(folder / node.party / "vault", folder / "next", os.urandom)
    rollover.announce(node, new, node.clock() + HOUR, DANA)
    with node.house.reader() as house:
        return replace(node, vault=new, reigns=rollover.known(house, node.party, new.public)), new


def known(node: Node) -> int:
    with node.house.reader() as house:
        return len(mandates.known(node, house).given)


def test_a_mandate_of_the_old_key_counts_after_the_new_one_and_a_new_one_beside_it(pair: Pair) -> None:
    mandates.grant(pair.il, mandate("person:avi"), DANA)
    pair.clock.forward(hours=1)
    node, _ = succeeded(pair.il, pair.folder)
    pair.clock.forward(days=200)
    assert known(node) == 1
    mandates.grant(node, mandate("person:noa"), DANA)
    assert known(node) == 2


def test_without_the_announcement_nothing_of_the_old_key_counts(pair: Pair) -> None:
    mandates.grant(pair.il, mandate("person:avi"), DANA)
    new = Vault.succeed(pair.folder / "IL" / "vault", pair.folder / "next", os.urandom)
    with pytest.raises(Broken, match="does not verify"):
        known(replace(pair.il, vault=new))


def test_the_old_key_signs_nothing_once_its_time_is_over(pair: Pair) -> None:
    """Whoever stole it after that gives nobody a mandate: the fact tells when it was made."""
    node, _ = succeeded(pair.il, pair.folder)
    old = replace(node, vault=pair.il.vault)
    mandates.grant(old, mandate("person:avi"), DANA)
    assert known(node) == 1, "in the overlap either signs"
    pair.clock.forward(hours=2)
    mandates.grant(old, mandate("person:eve"), DANA)
    with pytest.raises(Broken, match="does not verify"):
        known(node)


def test_three_keys_are_one_chain_and_a_stranger_is_none(pair: Pair) -> None:
    first, _ = succeeded(pair.il, pair.folder)
    pair.clock.forward(days=1)
    third = Vault.succeed(pair.folder / "next", pair.folder / "third", os.urandom)
    rollover.announce(first, third, first.clock() + HOUR, DANA)
    with first.house.reader() as house:
        reigns = rollover.known(house, "IL", third.public)
        assert [one.key for one in reigns] == [third.public, first.vault.public, pair.il.vault.public]
        with pytest.raises(Refused, match="none of its chain"):
            rollover.known(house, "IL", pair.jp.vault.public)


def test_a_standing_release_outlives_the_agreement_version_that_bound_its_key(pair: Pair) -> None:
    """The next version binds the new key; what was decided beforehand under the old one stays decided."""
    node, _ = succeeded(pair.il, pair.folder)
    before = standing.listed(pair.il, pair.agreement)
    second = agreements.sign(node, replace(example(), version=2), DANA)
    agreements.bring_in(node, signed.countersign(second, pair.jp.vault, "JP"), DANA)
    assert agreements.held(node, pair.agreement).newest.signers()["IL"] == node.vault.public
    assert standing.listed(node, pair.agreement) == before != ()


def test_a_node_opened_with_its_new_vault_reads_what_it_kept(pair: Pair, tmp_path: Path) -> None:
    """Names and wrapped keys stay: the record is the same record, and can still be read."""
    [record] = take(pair.il, stix("malware", "one")).rids
    mandates.grant(pair.il, mandate("person:avi"), DANA)
    succeeded(pair.il, pair.folder)
    folder = tmp_path / "copy"
    shutil.copytree(pair.folder / "IL", folder)
    shutil.rmtree(folder / "vault")
    shutil.copytree(pair.folder / "next", folder / "vault")
    with open_node(folder) as opened:
        assert len(opened.reigns) == 2
        assert known(opened) == 1
        assert explaining.explain(opened, record, "JP").record.rid == record
