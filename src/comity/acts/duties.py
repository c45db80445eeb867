"""The duty register: what is owed under an agreement, by us and by the partner, opened once by what sets it off."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from comity.acts import agreements
from comity.acts.node import Node
from comity.acts.ports import AgreementTx
from comity.acts.sending import DECISIONS
from comity.agreement.amendments import terms_at
from comity.agreement.clock import Due
from comity.agreement.instrument import Agreement, Term
from comity.core import strictjson
from comity.core.errors import Absent, Malformed
from comity.exchange.notice import Notice
from comity.ledger import leaf
from comity.records import DutyRow
from comity.release.decision import bare, whose
from comity.release.question import Duty
from comity.release.register import (
    REVIEWING,
    SETTLED_BY,
    State,
    clock,
    identity,
    offices,
    reviewers,
    standing,
)


@dataclass(frozen=True, slots=True)
class Owed:
    """A duty as it stands. `agreement` is the text in whose register it is, `asks` the one whose article asks it.
    `office` acts for its actor, `next_office` is told once it is overdue."""

    row: DutyRow
    agreement: Agreement
    asks: Agreement
    state: State
    ours: bool
    office: str
    next_office: str


@dataclass(frozen=True, slots=True)
class Told:
    """A duty with its article's term as it stood at the trigger, and its clock step by step."""

    owed: Owed
    term: Term | None
    clock: Due


def open_duties(
    tx: AgreementTx,
    text: Agreement,
    duties: Iterable[Duty],
    trigger: datetime,
    about: str,
    beside: Collection[Agreement] = (),
) -> list[DutyRow]:
    """Opens those of `duties` that stand in a register, in the caller's transaction; answers the ones that were not
    there. The same again opens nothing: a duty is named by what it says and what set it off. What an article of a text
    `beside` it asks runs by that text's clock."""
    opened: list[DutyRow] = []
    for duty in duties:
        if duty.duty not in SETTLED_BY or duty.actor not in text.party_ids:
            continue
        params = dict(duty.params)
        row = DutyRow(
            id=identity(text.id, duty, trigger, about),
            duty=duty.duty,
            article=duty.cite,
            actor=duty.actor,
            trigger=trigger,
            due=clock(duty.due, trigger, duty.actor, whose(duty.cite, text, beside), params.get("calendar")).at,
            time=duty.due,
            about=about,
            state=State.OPEN.value,
            params=duty.params,
        )
        if tx.duty(row.id) is None:
            tx.put_duty(row)
            note(tx, "duty-opened", row)
            opened.append(row)
    return opened


def settled_by(tx: AgreementTx, about: str, actor: str, handle: str, at: datetime) -> None:
    """Settles what `actor` owes in the case `about` by a record it sent: the record itself is the evidence."""
    for row in tx.duties(State.OPEN.value):
        if (row.about, row.actor, row.duty) == (about, actor, "reply"):
            done = replace(row, state=State.SETTLED.value, evidence=handle, kind="notice", settled=at)
            tx.put_duty(done)
            note(tx, "duty-settled", done)


def settled_by_notice(tx: AgreementTx, case: str, reader: str, said: Notice, at: datetime) -> None:
    """Settles the duty to tell `reader` of a case by the signed notice, which has reached it."""
    for row in tx.duties(State.OPEN.value):
        if (row.about, row.actor, row.duty) == (case, said.sender, "notify-originator"):
            if dict(row.params).get("to") != reader:
                continue
            done = replace(row, state=State.SETTLED.value, evidence=said.digest, kind="notice", settled=at)
            tx.put_duty(done)
            note(tx, "duty-settled", done)


def forget(tx: AgreementTx, handles: Collection[str]) -> None:
    """Undoes what records did that were withdrawn before they went: what they set off is owed no more, what they
    settled is owed again."""
    for row in tx.duties():
        if row.about in handles and row.state == State.OPEN:
            changed = replace(row, state=State.RELEASED.value)
        elif row.evidence in handles:
            changed = replace(row, state=State.OPEN.value, evidence=None, kind=None, settled=None)
        else:
            continue
        tx.put_duty(changed)
        note(tx, "duty-withdrawn", changed)


def note(tx: AgreementTx, event: str, row: DutyRow) -> None:
    """The leaf in our private log that says what happened to a duty: the digest of its row."""
    said = [row.id, row.duty, row.article, row.actor, row.about, row.state, row.kind, row.evidence]
    tx.append(DECISIONS, [leaf.write(leaf.Event(event, hashlib.sha256(strictjson.canonical(said)).hexdigest()))])


def register(node: Node, agreement_id: str | None = None) -> list[Owed]:
    """Everything owed, what needs somebody first: overdue, due soon, open by due time, then what is over."""
    names = agreements.agreement_ids(node) if agreement_id is None else [agreement_id]
    found = [owed for name in names for owed in _under(node, name)]
    order = (State.OVERDUE, State.DUE_SOON, State.OPEN, State.RELEASED, State.SETTLED)
    last = datetime.max.replace(tzinfo=node.clock().tzinfo)
    return sorted(found, key=lambda one: (order.index(one.state), one.row.due or last, one.row.id))


def told(node: Node, prefix: str) -> Told:
    """One duty with all that explains it. Raises `Absent` for none, `Malformed` for more than one."""
    owed = duty_named(node, prefix)
    row = owed.row
    term = next((one for one in terms_at(owed.asks, row.trigger) if one.article == bare(row.article)), None)
    reckoned = clock(row.time, row.trigger, row.actor, owed.asks, dict(row.params).get("calendar"))
    return Told(owed, term, reckoned)


def duty_named(node: Node, prefix: str) -> Owed:
    """The duty whose id begins so. Raises `Absent` for none, `Malformed` for more than one."""
    found = [owed for owed in register(node) if prefix and owed.row.id.startswith(prefix)]
    if not found:
        raise Absent(f"there is no duty {prefix!r}", "`comity duties` lists them")
    if len(found) > 1:
        raise Malformed(f"{prefix!r} means {len(found)} duties; give more of the id")
    return found[0]


def owed_of(text: Agreement, party: str, row: DutyRow, now: datetime, beside: Collection[Agreement] = ()) -> Owed:
    """`row` as it stands at `now` for `party`."""
    office, after = reviewers(row.params, row.actor) if row.duty == REVIEWING else offices(row.duty, row.actor, text)
    asks = whose(row.article, text, beside)
    return Owed(row, text, asks, standing(row.state, row.trigger, row.due, now), row.actor == party, office, after)


def _under(node: Node, agreement_id: str) -> list[Owed]:
    held = agreements.held(node, agreement_id)
    versions = {ref.version: text for ref, text in held.versions.items()}
    with node.agreements(agreement_id).reader() as reader:
        rows = reader.duties()
    now = node.clock()
    others = {name for row in rows if (name := _elsewhere(row)) is not None and name in agreements.agreement_ids(node)}
    beside = [text for name in others for text in agreements.held(node, name).versions.values()]
    return [owed_of(versions.get(_version(row), held.newest), node.party, row, now, beside) for row in rows]


def _elsewhere(row: DutyRow) -> str | None:
    """The other agreement whose article asks it, where it is one."""
    named, found, _ = row.article.removeprefix("agreement:").partition("#")
    return named if found else None


def _version(row: DutyRow) -> int:
    """The version of the text that the citation pins; 0 for a rule of the house."""
    tail = row.article.rpartition("@")[2]
    own = row.article.startswith("agreement:") and "#" not in row.article
    return int(tail) if own and tail.isdecimal() else 0
