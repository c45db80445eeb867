"""Withdrawing what is queued and may no longer go: voids close its numbers, the rest is sent again (DECISIONS 17)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from comity.acts import posting
from comity.acts.cases import forget
from comity.acts.grounds import Came
from comity.acts.judging import GOES, Bench, ask, judge, placed
from comity.acts.node import Node
from comity.acts.ports import AgreementTx
from comity.acts.sending import leaves_in, void, void_again
from comity.core import strictjson
from comity.exchange.lane import Lane
from comity.ledger import leaf
from comity.records import OutboxRow, OutboxState, Record, ReleaseRow, ReleaseState
from comity.release.question import Outcome
from comity.release.recorded import question_from

REASON = "no-longer-released"


def withdraw_queued(bench: Bench, tx: AgreementTx) -> int:
    """Voids every queued envelope that carries something which may not go now, and all behind it in its chain.

    What among them may still go becomes unreleased, so that the follower sends it under new numbers; so do notices. A
    void that stands among them is signed anew over what is now before it. An envelope that was ever attempted is left
    alone: its bytes may be there already. Answers how many were voided.
    """
    count = 0
    for lane in Lane:
        goes = True
        for row in _unattempted(bench, tx, lane):
            leaves = leaves_in(tx, row)
            goes = goes and (row.state is OutboxState.VOID or _may_go(bench, tx, leaves))
            if goes:
                continue
            if row.state is OutboxState.VOID:
                void_again(bench.node, tx, bench.texts[bench.ref], row)
                continue
            take_back(bench.node, tx, leaves)
            void(bench.node, tx, bench.texts[bench.ref], bench.reader.party, row, REASON)
            count += 1
    return count


def take_back(node: Node, tx: AgreementTx, leaves: Sequence[bytes], but: Sequence[bytes] = ()) -> None:
    """What these leaves of ours say went, and did not: out of its view, its cases, its notices, to be decided again.

    What the leaves `but` say too, stays.
    """
    handles = sorted({*_handles(leaves)} - {*_handles(but)})
    found = [row for row in tx.releases_by_handle(handles).values() if row.state is ReleaseState.LIVE]
    forget(node, tx, found)
    tx.void_releases(handles)
    tx.drop_refused([row.rid for row in found])
    posting.withdrawn(tx, {*posting.documents(leaves)} - {*posting.documents(but)})


def _unattempted(bench: Bench, tx: AgreementTx, lane: Lane) -> Iterator[OutboxRow]:
    """The end of the chain of which nothing was ever sent, one after the other: together they may be gigabytes."""
    epoch, _, _ = tx.chain_out(bench.node.mode, lane)
    places = [place for place in tx.sent_places(bench.node.mode, lane) if place.epoch == epoch]
    tried = max((i for i, place in enumerate(places) if place.answered or place.attempts), default=-1)
    for place in places[tried + 1 :]:
        row = tx.outgoing(bench.node.mode, lane, place.epoch, place.seq)
        if row is not None:
            yield row


def _may_go(bench: Bench, tx: AgreementTx, leaves: Sequence[bytes]) -> bool:
    """Whether everything in the envelope would still be released: by its class, or by those who approved it."""
    releases = list(tx.releases_by_handle(_handles(leaves)).values())
    records = bench.house.records({one.rid for one in releases})
    came = _came(bench, releases, records)
    by_class = {asked: _outcome(bench, tx, *asked) for asked in {(one.did, how) for one, how in came}}
    if any(outcome not in (Outcome.ALLOW, Outcome.REFER) for outcome in by_class.values()):
        return False
    referred = [one.rid for one, how in came if by_class[one.did, how] is Outcome.REFER]
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
    return [entry.handle for entry in map(leaf.glance, leaves) if entry.leaf == "released"]
