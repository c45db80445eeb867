"""What the receipt of things sets off: one duty of their recipient for each article and envelope, never one a thing.

Both sides compute it from what both have: kinds and labels of what the signed receipt says was taken, and its time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from comity.agreement.amendments import kinds_at
from comity.agreement.instrument import Agreement, AgreementRef
from comity.labels.label import Label
from comity.release.decide import evaluate
from comity.release.question import Act, Duty, Facts, PartyReader, Question
from comity.release.register import SETTLED_BY
from comity.release.subject import Subject

RULES = frozenset({"comity-receipt-duty", "comity-retention", "comity-public-notice"})
"""The kinds of term that ask something of whoever receives a thing. The node's own receipt and the leaf that registers
it are their own evidence; marks are ways of handling."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing as it crossed: its handle, and what of it an article turns on. `annex` as both read it off its kind."""

    handle: str
    kind: str
    label: Label
    annex: str | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """A duty and the things it is for."""

    duty: Duty
    things: tuple[Thing, ...]


def asks(text: Agreement, at: datetime) -> bool:
    """Whether a text asks anything of a recipient; most do not, and then nothing more is looked at."""
    return not RULES.isdisjoint(kinds_at(text, at))


def owed(
    text: Agreement,
    beside: Mapping[AgreementRef, Agreement],
    recipient: str,
    things: Iterable[Thing],
    at: datetime,
) -> list[Owed]:
    """What `recipient` owes for what it took at `at`, by `text` and by those that protect `beside` it by reference."""
    texts = {text.ref: text, **beside}
    cites = frozenset(_cites(text, texts, at))
    said: dict[tuple[str, Label, str | None], tuple[Duty, ...]] = {}
    found: dict[Duty, list[Thing]] = {}
    for one in things:
        key = (one.kind, one.label, one.annex)
        if key not in said:
            said[key] = _of_class(text, texts, recipient, Subject.of(one.kind, one.label, one.annex, None), at)
        for duty in said[key]:
            if duty.cite in cites and duty.actor == recipient and duty.duty in SETTLED_BY:
                found.setdefault(duty, []).append(one)
    return [Owed(_counted(duty, len(some)), tuple(some)) for duty, some in found.items()]


def _cites(text: Agreement, texts: Mapping[AgreementRef, Agreement], at: datetime) -> Iterable[str]:
    for ref, one in texts.items():
        name = "" if ref == text.ref else f"{one.id}#"
        for kind in RULES:
            yield from (f"agreement:{name}{term.article}@{one.version}" for term in kinds_at(one, at).get(kind, ()))


def _of_class(
    text: Agreement, texts: Mapping[AgreementRef, Agreement], recipient: str, subject: Subject, at: datetime
) -> tuple[Duty, ...]:
    (giver,) = (party for party in text.party_ids if party != recipient)
    question = Question(
        agreement=text.ref,
        status_key="",
        act=Act.RELEASE,
        subject=subject,
        reader=PartyReader(recipient, recipient),
        facts=Facts(holder=giver),
        bound_by=frozenset(texts) - {text.ref},
    )
    return evaluate(question, subject, texts, at).duties


def _counted(duty: Duty, count: int) -> Duty:
    return replace(duty, params=tuple(sorted((*duty.params, ("items", str(count))))))
