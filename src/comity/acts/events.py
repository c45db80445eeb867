"""Events of an agreement's life as notices: what a party signs, what its partner takes, and what both make of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from comity.acts.node import Node
from comity.acts.noticed import Learnt, read_notices
from comity.acts.ports import HouseReader
from comity.agreement.article import covers
from comity.agreement.automatic import Loss, suspensions
from comity.agreement.cursor import Cursor
from comity.agreement.dates import instant_of
from comity.agreement.disputed import contested
from comity.agreement.events import EVENTS, OPENING, Told, read_events, with_told
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core import ids, strictjson
from comity.core.errors import Malformed
from comity.core.strictjson import Json
from comity.exchange import shape
from comity.exchange.notice import Notice, NoticeKind, Situation
from comity.records import Fact
from comity.release import waiver

EVENT = "agreement-event"
OBJECTION = "event-objection"
LOSS = "compromise"
ANSWER = "notice-answer"
"""A house fact: what the partner's receipt said of a notice of ours."""
BACKDATED = "event-backdated"
NO_ARTICLE = "event-unknown-article"
NO_SCOPE = "event-unknown-scope"
TOO_MANY = "event-too-many"
MOST = 500
"""Events of one party under one agreement: every pair is compared."""
NO_EVENT = "objection-to-nothing"
OWN = "objection-to-own"
TOLERANCE = timedelta(hours=72)
"""How far back a notice may date what it tells, where no term says it: time for a carrier between two capitals."""
_MOMENTS = ("received", "dated", "on", "effective")

Texts = Mapping[AgreementRef, Agreement]


def told(node: Node, house: HouseReader, texts: Texts, *, arriving: bool) -> tuple[Told, ...]:
    """The events that notices have told under this agreement and that count here.

    Not ours that the partner refused; nor, for what goes out, ours that would open something, before the partner has
    taken it. For what is `arriving` our own word counts at once.
    """
    unheard = frozenset() if arriving else OPENING
    return _counted(node.party, texts, read_notices(house, node.notices, texts), answers(house, texts), unheard)


def _counted(
    us: str, texts: Texts, notices: Iterable[Learnt], taken: Mapping[str, bool], unheard: frozenset[str]
) -> tuple[Told, ...]:
    """The same, from the notices kept and from whether the partner took those of ours that it answered. `unheard`: the
    kinds that do not count before. What a compromise sets off by the text counts at once, whoever reports it."""
    found = [one.notice for one in notices]
    losses = (
        Loss(one.id, one.sender, one.agreement, one.made, one.body.case, one.body.event)
        for one in found
        if one.kind == LOSS and (one.sender != us or taken.get(one.digest, True))
    )
    objections = {one.body["notice"]: one.body["stands"] for one in found if one.kind == OBJECTION}
    told = (
        Told(one.id, one.sender, one.agreement.version, one.made, one.body, objections.get(one.id, False))
        for one in found
        if one.kind == EVENT and (one.sender != us or taken.get(one.digest, one.body["kind"] not in unheard))
    )
    return contested((*told, *suspensions(texts, losses)))


@lru_cache(maxsize=256)
def _as_told(agreement: Agreement, told: tuple[Told, ...]) -> Agreement:
    return with_told(agreement, told)


def as_told(texts: Texts, told: Sequence[Told]) -> dict[AgreementRef, Agreement]:
    """Every version once these events are known; the same object for the same events."""
    return {ref: _as_told(text, tuple(told)) if told else text for ref, text in texts.items()}


def history(node: Node, house: HouseReader, texts: Texts) -> Iterator[Agreement]:
    """Every version as it stood at each step of what this house learnt: what an old decision was made under."""
    notices = read_notices(house, node.notices, texts)
    known_answers = house.facts(ANSWER, next(iter(texts)).id)
    steps = sorted({*(one.at for one in notices), *(fact.valid_from for fact in known_answers)})
    for step in (None, *steps):
        if step is None:
            yield from texts.values()
            continue
        known = [one for one in notices if one.at <= step]
        taken = dict(map(_answer, (fact for fact in known_answers if fact.valid_from <= step)))
        for count in range(len(known) + 1):
            yield from as_told(texts, _counted(node.party, texts, known[:count], taken, OPENING)).values()


def answers(house: HouseReader, texts: Texts) -> dict[str, bool]:
    """Whether the partner took those notices of ours that it answered, by digest."""
    return dict(map(_answer, house.facts(ANSWER, next(iter(texts)).id)))


def tolerance(text: Agreement) -> timedelta:
    """How far back a notice under this text may date what it tells."""
    hours = next((term.params["backdated_hours"] for term in text.of("comity-notices")), None)
    return TOLERANCE if hours is None else timedelta(hours=int(hours))


def refusal_of_event(notice: Notice, situation: Situation) -> str | None:
    """Why an event is not taken: it speaks of an article that is not there, or dates itself back too far."""
    text = situation.texts[notice.agreement]
    for named in notice.body.get("articles", ()):
        if not any(covers(named, term.article) for term in text.terms):
            return NO_ARTICLE
    if sum(one.kind == EVENT and one.sender == notice.sender for one in situation.held) >= MOST:
        return TOO_MANY
    try:
        waiver.read(notice.body.get("scope"))
    except Malformed:
        return NO_SCOPE
    oldest = situation.now - tolerance(text)
    moments = [_end_of(str(notice.body[name])) for name in _MOMENTS if name in notice.body]
    return BACKDATED if any(moment < oldest for moment in (notice.made, *moments)) else None


def refusal_of_objection(notice: Notice, situation: Situation) -> str | None:
    """Why an objection is not taken: there is no such event, or it is the objector's own."""
    meant = next((one for one in situation.held if one.kind == EVENT and one.id == notice.body["notice"]), None)
    if meant is None:
        return NO_EVENT
    return OWN if meant.sender == notice.sender else None


def _end_of(moment: str) -> datetime:
    """A day counts to its end: whoever dates today is not late."""
    return instant_of(moment) + (timedelta(0) if "T" in moment else timedelta(days=1))


def _event(body: Json) -> Mapping[str, Any]:
    """The event as its kind reads it. Who gives it is the notice's `from`, never written a second time."""
    if "by" in body:
        raise Malformed("an event does not say by whom it is: the notice's signature does")
    kind = EVENTS.get(str(body.get("kind")))
    if kind is not None and not kind.by:
        raise Malformed(f"an event of kind {body['kind']} is not one party's to tell", "both sign a new version")
    (event,) = read_events(Cursor([{**body, "by": "-"}], "the event"), ())
    return {name: value for name, value in event.items() if name != "by"}


def _objection(body: Json) -> Mapping[str, Any]:
    entry = shape.members(body, "an objection", frozenset({"notice", "stands", "reason"}))
    if type(entry["stands"]) is not bool:
        raise Malformed("an objection's stands must be true or false")
    reason = shape.text(entry["reason"], "an objection's reason", 2000)
    return {"notice": ids.parse_handle(entry["notice"]), "stands": entry["stands"], "reason": reason}


def _answer(fact: Fact) -> tuple[str, bool]:
    said = strictjson.parse(fact.body)
    return str(said["notice"]), bool(said["taken"])


KINDS = (
    NoticeKind(EVENT, _event, refusal=refusal_of_event),
    NoticeKind(OBJECTION, _objection, refusal=refusal_of_objection),
)
