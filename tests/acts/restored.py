"""A capital that lost its disk: backed up, gone on, then made again from the backup in the other's sight."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.acts import evidence, reconciling
from comity.acts.node import Node
from comity.exchange.lane import Lane
from comity.ledger.evidence import Report
from comity.wiring import check_node
from tests.acts.things import SHAMUR, origin, portion, report, stix, take, take_report
from tests.cli.terminal import Said, typed
from tests.joined import AGREEMENT, Pair, opened


def comity(line: str, folder: Path, code: int = 0) -> Said:
    said = typed(f"comity {line}", folder)
    assert said.code == code, said.text
    return said


def back_up(folder: Path) -> None:
    """Israel's node, while it is open."""
    comity("backup --data IL backups", folder)


def lose_and_restore(folder: Path, keys: str = "") -> None:
    """Israel's directory is gone; its vault was kept apart, and its newest keys."""
    (folder / "IL").rename(folder / "lost")
    comity(f"restore backups --into IL --vault lost/vault {keys}", folder)


def copied_by_hand(folder: Path) -> None:
    """What nobody should do: yesterday's files in the place of today's, and nothing said."""
    (folder / "IL").rename(folder / "lost")
    shutil.copytree(folder / "yesterday", folder / "IL")


def day(pair: Pair, name: str) -> None:
    """Both take something in and send it; one thing is sealed on its way."""
    take(pair.il, stix("malware", f"{name}-il"), stix("campaign", f"{name}-il"))
    take_report(pair.il, report(f"R-{name}", portion("1", origin(SHAMUR))))
    take(pair.jp, stix("malware", f"{name}-jp"))
    pair.settle()


@contextmanager
def again(folder: Path) -> Iterator[Pair]:
    """Both nodes, an hour later."""
    with opened(folder) as pair:
        pair.clock.forward(hours=1)
        yield pair


def reconcile(node: Node) -> reconciling.Reconciled:
    done = reconciling.reconcile_with_partner(node, AGREEMENT)
    assert done is not None
    return done


def verified(pair: Pair) -> tuple[Report, Report]:
    """Both evidence folders, each checked from files alone, and both stores from the first leaf."""
    reports = []
    for node in (pair.il, pair.jp):
        report = evidence.check(evidence.gather(node, AGREEMENT))
        assert not report.faults, report.faults
        reports.append(report)
        assert check_node(pair.folder / node.party) == []
    return reports[0], reports[1]


def epochs(node: Node, lane: Lane = Lane.ROUTINE) -> list[int]:
    """The epochs of a chain, in their order."""
    with node.agreements(AGREEMENT).reader() as reader:
        return sorted({place.epoch for place in reader.sent_places(node.mode, lane)})
