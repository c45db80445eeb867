"""Telling the other side an event of the agreement's life: looked at beforehand, sent, objected to, listed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.acts import agreements, events, notifying
from comity.acts.node import Node
from comity.agreement.events import Told, with_told
from comity.agreement.instrument import Agreement, Term
from comity.agreement.life import Status, status_at
from comity.core.errors import Absent, Malformed
from comity.records import Principal

STEPS = 100
"""Turns of an agreement's force that are looked through for the first that an event changes."""
OWED = (
    "comity-suspension-continues",
    "survival",
    "termination-survival",
    "termination-activities",
    "comity-consultation",
    "disputes",
)
"""What goes on, or is owed, when a text stops providing."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an event would change: the force now, and the first instant (`None`: never) at which it is another."""

    before: Status
    at: datetime | None
    after: Status
    barred: tuple[str, ...]
    owed: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One event as this house knows it. `learnt`: when it was made or came here; `acknowledged`: the receiver's time on
    the receipt; `state`: how far ours came. `contested`: two readings are possible, and the safer is applied."""

    id: str
    by: str
    event: Mapping[str, Any]
    made: datetime
    learnt: datetime
    state: str
    acknowledged: datetime | None
    code: str | None
    contested: bool


def foresee(node: Node, agreement_id: str, event: Mapping[str, Any]) -> Foreseen:
    """What telling `event` would change here, once it is taken. Nothing is written. Raises `Malformed`."""
    now = node.clock()
    text = agreements.held(node, agreement_id).at(now)
    told = Told("preview", node.party, text.version, now, node.notices[events.EVENT].read(dict(event)))
    after = with_told(text, [told])
    at = next((turn for turn in _turns(text, after, now) if _force(text, turn) != _force(after, turn)), None)
    then = status_at(after, now if at is None else at)
    ending = not then.provides or then.suspended_provision
    annexes = tuple(term.article for term in text.of("comity-annex"))
    barred = () if at is None else (annexes if ending else tuple(sorted(then.suspended_articles)))
    return Foreseen(status_at(text, now), at, then, barred, tuple(text.of(*OWED)) if barred else ())


def announce(node: Node, agreement_id: str, event: Mapping[str, Any], by: Principal) -> str:
    """Signs and keeps the event; the follower sends it. The notice's id. Raises as `notifying.send`."""
    return notifying.send(node, agreement_id, events.EVENT, event, by)


def contest(node: Node, prefix: str, reason: str, by: Principal, *, stands: bool = True) -> str:
    """Objects to the partner's event whose id begins so, or with `stands` false takes the objection back.

    Raises `Absent` for none, `Malformed` for more than one.
    """
    found = [(each, one) for each in agreements.agreement_ids(node) for one in listed(node, each)]
    meant = [(each, one) for each, one in found if one.id.startswith(prefix)]
    if not meant:
        raise Absent(f"there is no event {prefix!r}", "`comity agreement status` lists them")
    if len(meant) > 1:
        raise Malformed(f"{prefix!r} means {len(meant)} events; give more of the id")
    ((agreement_id, event),) = meant
    body = {"notice": event.id, "stands": stands, "reason": reason}
    return notifying.send(node, agreement_id, events.OBJECTION, body, by)


def listed(node: Node, agreement_id: str) -> list[Listed]:
    """Every event told under an agreement, in the order in which they were made."""
    ours = {one.learnt.notice.id: one for one in notifying.given(node, agreement_id, events.EVENT)}
    with node.house.reader() as house:
        known = notifying.notices(node, house, agreement_id, events.EVENT)
        texts = agreements.texts(house, agreement_id)
        doubtful = {one.id for one in events.told(node, house, texts, arriving=True) if one.contested}
    found: list[Listed] = []
    for one in known:
        mine = ours.get(one.notice.id)
        found.append(
            Listed(
                id=one.notice.id,
                by=one.notice.sender,
                event=one.notice.body,
                made=one.notice.made,
                learnt=one.at,
                state="received" if mine is None else mine.progress.value,
                acknowledged=one.at if mine is None else (None if mine.answer is None else mine.answer.at),
                code=None if mine is None else mine.code,
                contested=one.notice.id in doubtful,
            )
        )
    return sorted(found, key=lambda one: (one.made, one.id))


def _turns(text: Agreement, after: Agreement, now: datetime) -> Iterator[datetime]:
    turn: datetime | None = now
    for _ in range(STEPS):
        if turn is None:
            return
        yield turn
        later = [until for one in (text, after) if (until := status_at(one, turn).until) is not None]
        turn = min(later, default=None)


def _force(text: Agreement, at: datetime) -> tuple[object, ...]:
    status = status_at(text, at)
    return status.state, status.suspended_provision, status.suspended_articles, status.flags
