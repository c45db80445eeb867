"""Asking again what is withheld, in pieces: neither memory nor a writer's turn grows with how much that is.

A fact that changes answers asks again about everything that was not released. What stays withheld is written down
first, a piece in a transaction; what may go now is left as it is. When the fact's own line is followed, only that rest
is asked, all of it at once: what goes, and in which batch, is as if nothing were withheld (law 4).
"""

from collections.abc import Sequence
from dataclasses import replace

from comity.acts.judging import GOES, Bench, Judged, judge
from comity.acts.ports import AgreementReader, AgreementTx
from comity.acts.releasing import Followed, Span, apply
from comity.acts.sending import DECISIONS
from comity.core import ids
from comity.records import RecordState, Sieved
from comity.release.closure import Closed

PIECE = 1000
"""Records in one transaction. Fewer than so many are asked with the fact's line, and nothing before it."""


def sift(bench: Bench, tx: AgreementTx, lines: Sequence[int], piece: int, result: Followed) -> bool:
    """Asks the next piece of what is withheld, for the facts that stand at these lines of the house log, all of them
    ahead of the cursor. Whether there was one; how far it came is kept with it."""
    known = tx.sieved()
    if known is None or known.line < lines[0]:
        known = Sieved(line=lines[-1], since=tx.log_size(DECISIONS), place=0)
    if known.place is None:
        return False
    rids = tx.unreleased(bench.reader.party, ids.behind(known.place), piece)
    if len(rids) < piece:
        tx.put_sieved(replace(known, place=None))
        return False
    apply(bench, tx, Span(tx.cursor(), tx.cursor()), _withheld(bench, rids, known.line), Closed({}, {}), result)
    tx.put_sieved(replace(known, place=ids.place_of(rids[-1])))
    return True


def last_line(reader: AgreementReader, lines: Sequence[int]) -> int | None:
    """The line of the house log up to which a batch may go: before the first fact for which nothing was sifted."""
    known = reader.sieved()
    return next((n - 1 for n in lines if known is None or n > known.line), None)


def passed(tx: AgreementTx, upto: int) -> None:
    """To be told how far the follower came: what was sifted for a line that it has passed, was for that line only."""
    known = tx.sieved()
    if known is not None and known.line <= upto:
        tx.put_sieved(None)


def _withheld(bench: Bench, rids: Sequence[str], upto: int) -> dict[str, Judged]:
    """Those of `rids` that stay withheld."""
    records, edges = bench.house.records(rids), bench.house.edges_of(rids)
    asked = [
        one
        for one in (records[rid] for rid in rids if rid in records)
        if one.state is RecordState.LIVE and one.n <= upto and one.source != bench.reader.party
    ]
    judged = {one.rid: judge(bench, one, edges.get(one.rid, ())) for one in asked}
    return {rid: one for rid, one in judged.items() if one.outcome not in GOES}
