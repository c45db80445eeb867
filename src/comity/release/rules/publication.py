"""Publication, inventions, and what was known already."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.release.matter import PROVIDING, Answer, Matter
from comity.release.question import Outcome
from comity.release.rules.rule import NO_ACT, Check, Of, UnlessConsent, needs
from comity.release.rules.visits import months_after


def published(_term: Term, matter: Matter) -> bool:
    """Given to the public, or meant to be."""
    public = matter.reader.kind == "public" or matter.reader.party == "public"
    return matter.act in PROVIDING and (matter.facts.publication or public)


def review(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US 13(2): sent to the other party so many working days before; silence lets it go, an objection stops it."""
    if not published(term, matter):
        return
    sent, days = matter.facts.review, int(term.params.get("working_days") or 0)
    if sent is not None and sent.objection is not None:
        for party in sorted(matter.others if matter.facts.holder else matter.parties):
            yield needs(term, matter, "publication-objected", party, "agreement")
    elif sent is None or sent.working_days < days:
        yield matter.finding("publication-too-early", term, Outcome.DENY, working_days=str(days))
    else:
        yield matter.finding("publication-unopposed", term, Outcome.ALLOW)


def invention(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US Annex I III.B.2(e): disclosed promptly; publication held back on request for at most so many months."""
    event = matter.facts.event
    if event is None or event.kind != "invention-made":
        return
    maker = event.by or matter.originator
    yield matter.finding("invention", term, Outcome.ALLOW)
    yield matter.duty("disclose-invention", maker, term, "promptly")
    if matter.facts.delay_requested_by is not None:
        until = months_after((event.on or matter.now).date(), int(term.params.get("max_months") or 0))
        yield matter.duty("delay-publication", maker, term, until.isoformat())


def already_known(term: Term, matter: Matter) -> Iterator[Answer]:
    """NATO-TI II(B), ETW 36(b): held before or public since: the originator is told, confidence settled anew."""
    public = matter.subject.public_since
    if public is not None and public <= matter.now.date():
        yield matter.finding("already-known", term, Outcome.ALLOW)
        yield matter.duty("notify-originator", matter.keeper, term, "as-soon-as-possible")


ROWS: dict[str, Check] = {
    "publication": UnlessConsent(
        "publication", PROVIDING, published, frozenset({"publication", "release", "onward-release"}), "both-parties"
    ),
    "publication-review": review,
    "invention": Of(NO_ACT, invention, event=True),
    "already-known": already_known,
}
