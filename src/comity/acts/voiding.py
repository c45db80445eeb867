"""Withdrawing what is queued and may no longer go: voids close its numbers, the rest is sent again (DECISIONS 17)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from comity.acts import posting
from comity.acts.cases import forget
from comity.acts.grounds import Came
from comity.acts.judging import GOES, Bench, ask, judge, placed
from comity.acts.node import Node
from comity.acts.ports import AgreementTx
from comity.acts.sending import leaves_in, void
from comity.core import strictjson
from comity.exchange.lane import Lane
from comity.records import OutboxRow, OutboxState, Record, ReleaseRow, ReleaseState
from comity.release.question import Outcome
from comity.release.recorded import question_from

REASON = "no-longer-released"


def withdraw_queued(bench: Bench, tx: AgreementTx) -> int:
    """Voids every queued envelope that carries something which may not go now, and all behind it in its chain.

    What among them may still go becomes unreleased, so that the follower sends it under new numbers; so do notices. An
    envelope that was ever attempted is left alone: its bytes may be there already. Answers how many were voided.
    """
    count = 0
    for lane in Lane:
        queued = _unattempted(bench, tx, lane)
        first = next((i for i, row in enumerate(queued) if not _may_go(bench, tx, row)), len(queued))
        for row in queued[first:]:
            take_back(bench.node, tx, leaves_in(tx, row)[1])
            void(bench.node, tx, bench.texts[bench.ref], bench.reader.party, row, REASON)
            count += 1
    return count


def take_back(node: Node, tx: AgreementTx, leaves: Sequence[bytes], but: Sequence[bytes] = ()) -> None:
    """What these leaves of ours say went, and did not: out of its view, its cases, its notices, to be decided again.

    What the leaves `but` say too, stays.
    """
    handles = sorted({*_handles(leaves)} - {*_handles(but)})
    found = [row for handle in handles if (row := tx.release_by_handle(handle)) and row.state is ReleaseState.LIVE]
    forget(node, tx, found)
    tx.void_releases(handles)
    posting.withdrawn(tx, {*posting.documents(leaves)} - {*posting.documents(but)})


def _unattempted(bench: Bench, tx: AgreementTx, lane: Lane) -> list[OutboxRow]:
    """The end of the chain of which nothing was ever sent."""
    epoch, last, _ = tx.chain_out(bench.node.mode, lane)
    end: list[OutboxRow] = []
    for seq in range(last, 0, -1):
        row = tx.outgoing(bench.node.mode, lane, epoch, seq)
        if row is None or row.receipt is not None or row.state is not OutboxState.QUEUED or row.attempts:
            break
        end.insert(0, row)
    return end


def _may_go(bench: Bench, tx: AgreementTx, row: OutboxRow) -> bool:
    """Whether everything in the envelope would still be released: by its class, or by those who approved it."""
    handles = _handles(leaves_in(tx, row)[1])
    releases = [one for handle in handles if (one := tx.release_by_handle(handle))]
    records = bench.house.records({one.rid for one in releases})
    by_class = {(one.did, came): _outcome(bench, tx, one.did, came) for one, came in _came(bench, releases, records)}
    if any(outcome not in (Outcome.ALLOW, Outcome.REFER) for outcome in by_class.values()):
        return False
    referred = [one.rid for one, came in _came(bench, releases, records) if by_class[one.did, came] is Outcome.REFER]
    edges = bench.house.edges_of(referred)
    return all(judge(bench, records[rid], edges.get(rid, ())).outcome in GOES for rid in referred)


def _came(
    bench: Bench, releases: Sequence[ReleaseRow], records: Mapping[str, Record]
) -> list[tuple[ReleaseRow, Came | None]]:
    return [(one, bench.grounds.came(records[one.rid])) for one in releases]


def _outcome(bench: Bench, tx: AgreementTx, did: str, came: Came | None) -> Outcome:
    """What it would be now. Of a set it counts what the partner held before: it is itself among what it holds."""
    held = tx.decision(did)
    if held is None:
        return Outcome.DENY
    question = question_from(strictjson.parse(held.body)["question"])
    before = replace(bench, grounds=bench.grounds.counting(dict(question.facts.holdings or ())))
    return ask(before, placed(bench, question.subject), came)[1].outcome


def _handles(leaves: Sequence[bytes]) -> list[str]:
    """Those of the items among what these leaves stand for. A notice needs no leave to go."""
    entries = map(strictjson.parse, leaves)
    return [str(entry["handle"]) for entry in entries if entry["leaf"] == "released"]
