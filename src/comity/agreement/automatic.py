"""The suspension that the text itself sets off: a reported compromise, where `comity-suspension-on-compromise` says so.

It counts as the word of every party, so that it ends when each of them has lifted it: by agreement, and no sooner. It
is computed from the signed notice and from the text alone, by both sides alike, and is kept nowhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from comity.agreement.amendments import terms_at
from comity.agreement.events import Told
from comity.agreement.instrument import Agreement, AgreementRef, Term
from comity.core import instants

RULE = "comity-suspension-on-compromise"


@dataclass(frozen=True, slots=True)
class Loss:
    """A compromise as a notice told it: the notice's id, its sender, its text and its moment; the case, and the event
    it reports. A case that was told in several notices is one."""

    id: str
    by: str
    under: AgreementRef
    made: datetime
    case: str
    event: str


def suspensions(texts: Mapping[AgreementRef, Agreement], losses: Iterable[Loss]) -> tuple[Told, ...]:
    """What these losses suspend, from the moment each was first told, in the words of the text as it stood then."""
    first: dict[tuple[str, str], Loss] = {}
    for loss in sorted(losses, key=lambda one: (one.made, one.id)):
        first.setdefault((loss.by, loss.case), loss)
    return tuple(
        _told(loss, party, term)
        for loss in first.values()
        for term in terms_at(texts[loss.under], loss.made)
        if term.rule == RULE and loss.event in (term.params.get("events") or (loss.event,))
        for party in texts[loss.under].party_ids
    )


def _told(loss: Loss, party: str, term: Term) -> Told:
    articles = tuple(term.params.get("articles") or ())
    event = {"kind": "suspension", "dated": instants.text(loss.made), "under": term.article}
    return Told(loss.id, party, loss.under.version, loss.made, event | ({"articles": articles} if articles else {}))
