"""What an event of the text's life sets off: the duties that its articles attach to it, the same for both sides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from comity.agreement.amendments import terms_at
from comity.agreement.dates import day_of, instant_of, months_after
from comity.agreement.entry import enters_into_force
from comity.agreement.events import Told, moment_of
from comity.agreement.instrument import Agreement
from comity.agreement.life import status_at
from comity.core import instants
from comity.labels.label import Label, OriginLabel
from comity.release.decide import decide
from comity.release.decision import bare
from comity.release.question import Act, Duty, Facts, PartyReader, Question, Subject
from comity.release.register import SETTLED_BY

ATTACHED = "comity-event-duty"
READ_BY: Mapping[str, str] = {
    "amendment-proposed": "amendment-reply",
    "authority-changed": "authority-change",
    "law-changed": "law-change",
    "withdrawal-notice": "withdrawal",
}
"""The kind of term that published texts have for an event; `comity-event-duty` speaks of any."""
TELLING = frozenset({"notify-authority-change", "notify-law-change"})
"""What the notice of the event itself does, once it has reached the other side."""


def began(told: Told) -> datetime:
    """The moment from which its clocks run: the one that its notice gives (decision 0046)."""
    return instant_of(moment_of(told.event))


def duties(text: Agreement, told: Told) -> tuple[Duty, ...]:
    """What the parties owe since `told`, by the text as it stood then. What both owe is one duty of each."""
    moment = began(told)
    alone = replace(text, life=replace(text.life, events=({**told.event, "by": told.by},)))
    question = Question(
        agreement=text.ref,
        status_key=status_at(alone, moment).state.value,
        act=Act.RETAIN,
        subject=Subject("notice", Label.of(OriginLabel(told.by))),
        reader=PartyReader(told.by, told.by),
        facts=Facts(holder=told.by),
    )
    wanted = {READ_BY.get(told.event["kind"]), ATTACHED}
    articles = {term.article for term in terms_at(text, moment) if term.rule in wanted}
    found = decide(question, {text.ref: alone}, moment).obligations
    owed = (one for one in found if bare(one.cite) in articles and one.duty in SETTLED_BY)
    return tuple(dict.fromkeys(each for one in owed for each in _of_each(text, one)))


def told_by(told: Told, duty: str) -> bool:
    """Whether the notice itself does what the duty asks. Who changed its authority names the new one."""
    return duty in TELLING and (duty != "notify-authority-change" or "new" in told.event)


def reviews(text: Agreement) -> tuple[datetime, tuple[Duty, ...]] | None:
    """Since the text entered into force, each party owes the review that an article asks for after so many years."""
    start = enters_into_force(text)
    if start is None:
        return None
    found: list[Duty] = []
    for term in text.of("review"):
        day = months_after(day_of(instants.text(start)), 12 * int(term.params.get("years") or 10))
        cite = f"agreement:{term.article}@{text.version}"
        found += (Duty("review", party, cite, day.format_iso()) for party in text.party_ids)
    return (start, tuple(found)) if found else None


def _of_each(text: Agreement, duty: Duty) -> tuple[Duty, ...]:
    return tuple(replace(duty, actor=party) for party in text.party_ids) if duty.actor == "both" else (duty,)
