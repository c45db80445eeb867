"""Events of an agreement's life: notes, notices, suspensions, amendments, as values typed by their kind.

Each says by whom it came and when it was received; times are dates or UTC instants, as written. An event we do not
know is refused. `comity-suspension-lifted` is Comity's own: published texts do not say how a suspension ends. A
suspension that names `articles` suspends these alone. `comity-provisional` and `comity-provisional-ended` are Comity's
too: the parties agree to apply the text before it is in force, one tells that it will not become a party (Vienna
Convention on the Law of Treaties, Article 25). What a party told by a notice is `Told`, a fact beside the text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from comity.agreement.cursor import Cursor
from comity.agreement.instrument import Agreement, Term
from comity.agreement.term import kind_of, plain_json, read_params
from comity.core.errors import Malformed, Refused


@dataclass(frozen=True, slots=True)
class EventKind:
    """The moments an event may carry, which of them count (the first that is there), and its other members."""

    moments: tuple[str, ...]
    others: frozenset[str] = frozenset()
    by: bool = True


_RECEIVED = ("received", "dated", "on")

EVENTS: Mapping[str, EventKind] = {
    "amendment": EventKind(("signed", "in_force_from"), frozenset({"id", "changes"}), by=False),
    "amendment-proposed": EventKind(_RECEIVED),
    "authority-changed": EventKind(("on", "received"), frozenset({"notified", "new"})),
    "law-changed": EventKind(("on", "received"), frozenset({"effect"})),
    "comity-provisional": EventKind((*_RECEIVED, "effective")),
    "comity-provisional-ended": EventKind((*_RECEIVED, "effective")),
    "non-renewal-notice": EventKind(_RECEIVED),
    "notice-effect-suspended": EventKind(_RECEIVED),
    "notification": EventKind(_RECEIVED),
    "released-from-duty": EventKind(("on", "received"), frozenset({"scope"})),
    "suspension": EventKind((*_RECEIVED, "effective"), frozenset({"articles"})),
    "comity-suspension-lifted": EventKind((*_RECEIVED, "effective"), frozenset({"articles"})),
    "termination-notice": EventKind((*_RECEIVED, "effective")),
    "withdrawal-notice": EventKind((*_RECEIVED, "effective")),
}


def read_events(at: Cursor | None, terms: Iterable[Term]) -> tuple[dict[str, Any], ...]:
    """The events listed at `at`; `terms` are the text's, which an amendment's changes are typed by."""
    by_article: dict[str, list[Term]] = {}
    for term in terms:
        by_article.setdefault(term.article, []).append(term)
    return () if at is None else tuple(_event(item, by_article) for item in at.items())


def with_event(agreement: Agreement, event: object) -> Agreement:
    """`agreement` once `event` (as parsed JSON) is known. Raises `Malformed`, or `Refused` for a stranger's notice.

    The signed bytes stay as they are: an event is a fact beside them.
    """
    known = read_events(Cursor([event], "the event"), agreement.terms)
    if (party := known[0].get("by")) is not None and party not in agreement.party_ids:
        raise Refused(f"{party} is not a party to {agreement.id} and can give no notice under it")
    return replace(agreement, life=replace(agreement.life, events=(*agreement.life.events, *known)))


@dataclass(frozen=True, slots=True)
class Told:
    """An event that party `by` told at `made` by the notice `id`, under a version of the text. `contested`: the other
    party objects. Two readings are then possible, and the safer is applied."""

    id: str
    by: str
    version: int
    made: datetime
    event: Mapping[str, Any]
    contested: bool = False

    def __hash__(self) -> int:
        """A mapping has no hash of its own, and the id names the event."""
        return hash((self.by, self.id, self.contested))


OPENING = frozenset({"notification", "comity-provisional", "comity-suspension-lifted", "released-from-duty"})
"""Events that let something go on: one that is contested, or not acknowledged yet, opens nothing."""
_OF_ONE_VERSION = frozenset({"notification", "comity-provisional", "comity-provisional-ended"})


def with_told(agreement: Agreement, told: Iterable[Told]) -> Agreement:
    """`agreement` once these are known, in the order in which they were made: both sides read them alike.

    A note of entry into force speaks of its own version; everything else of the instrument, whatever its version.
    """
    known = tuple(
        {**one.event, "by": one.by, **({"contested": True} if one.contested else {})}
        for one in sorted(told, key=lambda one: (one.made, one.id))
        if one.version == agreement.version or one.event["kind"] not in _OF_ONE_VERSION
    )
    return replace(agreement, life=replace(agreement.life, events=(*agreement.life.events, *known)))


def counts(event: Mapping[str, Any]) -> bool:
    """Whether an event is to be applied: one that opens something is not while it is contested."""
    return not (event.get("contested") and event["kind"] in OPENING)


def moment_of(event: Mapping[str, Any]) -> str:
    """The moment of `event` that counts, as written: its receipt where that is known."""
    return str(next(event[name] for name in EVENTS[event["kind"]].moments if name in event))


def _event(at: Cursor, terms: Mapping[str, list[Term]]) -> dict[str, Any]:
    if not isinstance(at.value, dict):
        raise at.refuse("an object")
    name = at.at("kind").text()
    kind = EVENTS.get(name)
    if kind is None:
        raise Malformed(f"{at.where} is an event of a kind we do not know: {name[:60]!r}")
    needed = {"kind", "by"} if kind.by else {"kind", *kind.others}
    at.members(needed, {*kind.moments, *kind.others, "by", *({"reason"} if kind.by else ())})
    event: dict[str, Any] = {"kind": name}
    for member in at.value:
        if member == "kind" or (item := at.get(member)) is None:
            continue
        if member in kind.moments:
            event[member] = item.moment()
        elif member == "changes":
            event[member] = tuple(_change(change, terms) for change in item.items())
        elif member == "articles":
            event[member] = item.texts()
        elif member == "notified":
            event[member] = item.boolean()
        else:
            event[member] = item.text()
    if not any(moment in event for moment in kind.moments):
        raise Malformed(f"{at.where} ({name}) says no moment: it needs {kind.moments[0]!r}")
    return event


def event_json(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain_json(value) for name, value in event.items()}


def _change(at: Cursor, terms: Mapping[str, list[Term]]) -> dict[str, Any]:
    if not isinstance(at.value, dict):
        raise at.refuse("an object")
    article = at.at("article").text()
    changed = terms.get(article, [])
    if not changed:
        raise Malformed(f"{at.where} changes article {article}, which is not in the text")
    for term in changed:
        kind = kind_of(term.rule, article)
        if set(at.value) - {"article"} <= set(kind.params):
            here = Cursor(at.value, f"{at.where}, article {article}", at.plain)
            return {"article": article, **read_params(here, kind, {"article"})}
    names = ", ".join(sorted(set(at.value) - {"article"}))[:80]
    raise Malformed(f"{at.where} changes what article {article} does not have: {names}")
