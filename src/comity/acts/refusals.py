"""What the partner's signed receipts refused: taken back here with the partner's reason, and asked again for cause.

A refusal closes its number (DECISIONS 17). What it held leaves the view; the follower decides it again when something
both sides know of has changed, or when an officer says so; never by itself, so that nothing goes round in a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from comity.acts import agreements, events, housefact, noticed, posting, restoring, standing
from comity.acts.judging import Bench
from comity.acts.node import Node
from comity.acts.ports import AgreementTx
from comity.acts.sending import CARRIED
from comity.acts.voiding import take_back
from comity.core.errors import Absent
from comity.exchange.body import handle_of
from comity.exchange.chain import Link
from comity.exchange.receipt import Answer, ItemAnswer, Receipt
from comity.ledger import leaf
from comity.records import NOTICE, LogEntry, Principal, RefusedRow, RefusedState, ReleaseState

OLD_STORY = frozenset({Link.FORK.value, Link.BROKEN.value, Link.OLD_EPOCH.value})
"""Refusals that say that the partner knows a later history of ours than we do: the fork that they show decides."""
CAUSES = frozenset({agreements.FACT, noticed.FACT, events.ANSWER, standing.FACT, restoring.RECONCILED})
"""Facts about an agreement after which the partner may answer otherwise: versions, events and keys that were told,
decisions of this party, a new epoch. Never that time passed over a decision: only this house knows of those (law 4)."""
PAYLOAD_TYPE = "application/vnd.comity.refused-word+json"


class Word(StrEnum):
    """What an officer says of everything that is refused under an agreement; each is a fact of the house."""

    RETRY = "refused-retry"
    LEAVE = "refused-leave"


def note(node: Node, tx: AgreementTx, answer: Receipt, leaves: Sequence[bytes]) -> None:
    """Keeps what a receipt refuses of that for which these leaves of ours stand, and forgets it of what it takes."""
    if answer.code in OLD_STORY:
        return
    whole = answer.code if answer.verdict is Answer.REFUSED else None
    verdicts = {item.handle: item for item in answer.items}
    refused: list[bytes] = []
    rows: list[RefusedRow] = []
    taken: list[str] = []
    for raw in leaves:
        entry = leaf.glance(raw)
        assert entry.leaf in CARRIED
        told = entry.leaf == "noticed"
        name = handle_of(entry.document) if told else entry.handle
        verdict = verdicts.get(name)
        code = whole or (verdict.code if verdict is not None and verdict.verdict is ItemAnswer.REFUSED else None)
        if code is None:
            taken.append(entry.document if told else name)
            continue
        row = RefusedRow("", NOTICE, name, code, answer.lane, answer.epoch, answer.sequence, node.clock())
        if told:
            rows.append(replace(row, id=entry.document))
        elif (went := tx.release_by_handle(name)) is not None and went.state is ReleaseState.LIVE:
            refused.append(raw)
            rows.append(replace(row, id=went.rid, kind=went.kind))
    take_back(node, tx, refused)
    tx.drop_refused(taken)
    tx.drop_taken(taken)
    tx.put_refused(rows)


def said(bench: Bench, entry: LogEntry) -> Word | None:
    """What an officer says in this line of the house log of what is refused under the agreement."""
    fact = entry.entry["act"] == "fact" and entry.entry["scope"] == bench.ref.id
    return Word(entry.entry["kind"]) if fact and entry.entry["kind"] in set(Word) else None


def obey(tx: AgreementTx, word: Word, entry: LogEntry) -> list[str]:
    """Does what the officer said; answers the records that are asked again. Notices are queued again by `post`."""
    rows = [row for row in tx.refused() if row.at <= entry.at]
    if word is Word.LEAVE:
        tx.put_refused([replace(row, state=RefusedState.LEFT) for row in rows])
        return []
    tx.put_refused([replace(row, state=RefusedState.OPEN) for row in rows])
    posting.again(tx, [row.id for row in rows if row.kind == NOTICE])
    return sorted(row.id for row in rows if row.kind != NOTICE)


def asked_by(bench: Bench, tx: AgreementTx, entry: LogEntry) -> list[str]:
    """The records that this fact about the agreement makes worth another try, but those that an officer lets lie.

    A consent under another agreement is none: this partner does not know of it. A new version makes notices worth it
    too; no other fact does, since the answer to a notice is one itself.
    """
    kind = entry.entry["kind"]
    if kind not in CAUSES or entry.entry["scope"] != bench.ref.id:
        return []
    rows = [row for row in tx.refused() if row.state is RefusedState.OPEN]
    if kind == agreements.FACT:
        posting.again(tx, [row.id for row in rows if row.kind == NOTICE])
    return sorted(row.id for row in rows if row.kind != NOTICE)


@dataclass(frozen=True, slots=True)
class Told:
    """How many records and notices an officer spoke of."""

    agreement: str
    records: int
    notices: int


def say(node: Node, agreement_id: str, word: Word, by: Principal) -> Told:
    """An officer has all that is refused asked again, or lets it lie; the follower obeys.

    Raises `Absent` where nothing is refused.
    """
    with node.agreements(agreement_id).reader() as reader:
        rows = reader.refused()
    if not rows:
        raise Absent(f"nothing under {agreement_id} is refused", "`comity outbox refused` lists what is")
    with node.house.begin() as tx:
        value = {"agreement": agreement_id, "by": by.id}
        housefact.put(node, tx, word.value, agreement_id, PAYLOAD_TYPE, value, by)
    notices = sum(row.kind == NOTICE for row in rows)
    return Told(agreement_id, len(rows) - notices, notices)
