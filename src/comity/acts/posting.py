"""Our notices on their way: queued once, answered by the partner's receipt, queued again where they never left.

Where a notice stands is a row of the agreement's store, written together with the envelope or with its receipt.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from comity.acts.judging import Bench
from comity.acts.node import Node
from comity.acts.noticed import Learnt, read_notices
from comity.acts.ports import AgreementReader, AgreementTx
from comity.acts.sending import send_notices
from comity.core import strictjson
from comity.exchange.body import MAX_NOTICES, Notices, handle_of
from comity.exchange.envelope import Envelope
from comity.exchange.lane import Lane
from comity.exchange.receipt import ItemAnswer, ItemVerdict, Receipt
from comity.ledger import leaf
from comity.records import CaseRow

CASE = "notice"


class Progress(StrEnum):
    UNSENT = "unsent"
    QUEUED = "queued"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a notice stands: the lane, epoch and number of its envelope, and the partner's code where it refused."""

    state: Progress
    place: tuple[Lane, int, int] | None = None
    code: str | None = None


def post(bench: Bench, tx: AgreementTx) -> int:
    """Queues every notice of ours that is in no envelope yet; answers how many envelopes.

    A notice needs no leave of the agreement: it goes under suspension and after the end (law 12).
    """
    node, count = bench.node, 0
    waiting = [one for one in read_notices(bench.house, node.notices, bench.texts) if _unsent(node, tx, one)]
    for lane in Lane:
        chosen = [one for one in waiting if node.notices[one.notice.kind].lane is lane]
        for start in range(0, len(chosen), MAX_NOTICES):
            part = chosen[start : start + MAX_NOTICES]
            raws = [one.raw for one in part]
            row = send_notices(node, tx, bench.texts[bench.ref], bench.reader.party, lane, raws)
            for one in part:
                _put(tx, one.notice.digest, Posted(Progress.QUEUED, (lane, row.epoch, row.seq)))
            count += 1
    return count


def answered(tx: AgreementTx, leaves: Iterable[bytes], answer: Receipt, items: Mapping[str, ItemVerdict]) -> None:
    """Notes what the partner's receipt says of the notices for which these leaves of the envelope stand."""
    place = answer.lane, answer.epoch, answer.sequence
    for digest in documents(leaves):
        _put(tx, digest, _answered(place, items.get(handle_of(digest)), answer))


def answers(reader: AgreementReader) -> dict[str, bool]:
    """Which of our notices the partner has answered, by digest, and whether it took them."""
    rows = [row for row in reader.cases(CASE) if row.state in (Progress.ACCEPTED, Progress.REFUSED)]
    return {row.id: row.state == Progress.ACCEPTED for row in rows}


def withdrawn(tx: AgreementTx, digests: Iterable[str]) -> None:
    """Notes that these never left with their envelope: they are queued again."""
    for digest in digests:
        if tx.case(CASE, digest) is not None:
            _put(tx, digest, Posted(Progress.UNSENT))


def again(tx: AgreementTx, digests: Iterable[str]) -> None:
    """Has notices queued again that the partner refused; one that is under way already stays as it is."""
    withdrawn(tx, [digest for digest in digests if progress(tx, digest).state is Progress.REFUSED])


def come_back(tx: AgreementTx, envelope: Envelope, answer: Receipt | None) -> None:
    """Notes of a restored store's own envelope that the partner has it, and what it answered."""
    if not isinstance(envelope.body, Notices):
        return
    header, verdicts = envelope.header, {item.handle: item for item in (() if answer is None else answer.items)}
    place = header.lane, header.epoch, header.sequence
    for digest in envelope.body.digests:
        queued = Posted(Progress.QUEUED, place)
        _put(tx, digest, queued if answer is None else _answered(place, verdicts.get(handle_of(digest)), answer))


def documents(leaves: Iterable[bytes]) -> list[str]:
    """The digests of the notices among what these leaves stand for."""
    return [entry.document for entry in map(leaf.glance, leaves) if entry.leaf == "noticed"]


def progress(reader: AgreementReader, digest: str) -> Posted:
    """Where a notice of ours stands."""
    held = reader.case(CASE, digest)
    if held is None:
        return Posted(Progress.UNSENT)
    body = strictjson.parse(held.body)
    place = body.get("place")
    return Posted(
        Progress(held.state), None if place is None else (Lane(place[0]), place[1], place[2]), body.get("code")
    )


def _answered(place: tuple[Lane, int, int], verdict: ItemVerdict | None, answer: Receipt) -> Posted:
    if verdict is not None and verdict.verdict is ItemAnswer.ACCEPTED:
        return Posted(Progress.ACCEPTED, place)
    return Posted(Progress.REFUSED, place, answer.code if verdict is None else verdict.code)


def _unsent(node: Node, reader: AgreementReader, one: Learnt) -> bool:
    mine = one.notice.sender == node.party and one.notice.mode is node.mode
    return mine and progress(reader, one.notice.digest).state is Progress.UNSENT


def _put(tx: AgreementTx, digest: str, posted: Posted) -> None:
    held = tx.case(CASE, digest)
    version = 1 if held is None else held.version + 1
    body = {name: value for name, value in (("place", posted.place), ("code", posted.code)) if value is not None}
    tx.put_case(CaseRow(CASE, digest, version, posted.state.value, strictjson.canonical(body)))
