"""A certificate's end is announced for a month; after it files still go, and renewing is all there is to do."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.acts import carrying, deliver, follow, pull
from comity.acts.alarms import alarms
from comity.acts.figures import Known, gather
from comity.acts.node import Node
from comity.vault import certificates
from tests.acts.things import holds, stix, take
from tests.api.served import Served, a_pull, capitals, files_of, served, wired
from tests.api.test_tls import IL, JP, agree
from tests.joined import AGREEMENT, Pair, opened

ABOUT = {"certificate-ends", "certificate-ended", "partner-certificate", "partner-unproven"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ending")
    with capitals(folder, agree):
        return folder


@pytest.fixture
def pair(made: Path, tmp_path: Path) -> Iterator[Pair]:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    with opened(tmp_path) as pair:
        yield pair


def ringing(pair: Pair, node: Node) -> set[str]:
    return {alarm.code for alarm in alarms(gather(node, Known()), pair.clock.now)} & ABOUT


def queued(pair: Pair, name: str) -> None:
    take(pair.il, stix("malware", name))
    follow.follow(pair.il, AGREEMENT)


def renew(pair: Pair, party: str, at: Served) -> None:
    certificates.renew(pair.folder / party / "tls", party, pair.clock.now, new_key=False)
    assert at.callers is not None
    at.callers.refresh()


def test_ours_and_the_partners_are_announced_end_and_are_renewed(pair: Pair) -> None:
    with served(pair.jp, files=files_of(pair.folder / JP)) as jp:
        pair.clock.forward(days=300)
        il = wired(pair.il, pair.folder / IL, jp.place, JP)
        queued(pair, "one")
        assert deliver.deliver_due(il, AGREEMENT).settled == 1
        assert ringing(pair, il) == ringing(pair, pair.jp) == set()

        pair.clock.forward(days=50)
        assert ringing(pair, il) == ringing(pair, pair.jp) == {"certificate-ends", "partner-certificate"}

        queued(pair, "two")
        pair.clock.forward(days=16)
        il = wired(pair.il, pair.folder / IL, jp.place, JP)
        assert deliver.deliver_due(il, AGREEMENT).failed == 1
        assert ringing(pair, il) == {"certificate-ended", "partner-certificate", "partner-unproven"}
        assert set(holds(pair.jp, IL)) == {stix("malware", "one")["id"]}

        for _, raw in carrying.to_carry(il, AGREEMENT):
            receipt = carrying.bring(pair.jp, raw).receipt
            assert receipt is not None
            assert carrying.bring(il, receipt).kind == "receipt"
        assert len(holds(pair.jp, IL)) == 2, "files still go"

        for party in (IL, JP):
            renew(pair, party, jp)
        il = wired(pair.il, pair.folder / IL, jp.place, JP)
        assert il.wire.post(jp.place + pull.PULL, a_pull(pair.il, JP), max_bytes=1024) == b""
        assert ringing(pair, il) == ringing(pair, pair.jp) == set()
