"""Comity's own kinds: annexes with a field, TLP, PAP, releasability, public information, licences (DECISIONS 7)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from comity.agreement.instrument import Term
from comity.core.errors import Malformed
from comity.labels.equivalence import neutral_rank
from comity.labels.label import ALL, Pap, Tlp
from comity.release.matter import PROVIDING, Answer, Matter
from comity.release.question import Act, Finding, Outcome
from comity.release.rules.rule import Check, Cited, shown
from comity.release.standing import covers_kind

HOUSE_AXES = "house:1"
_PAP = tuple(Pap)


def made_public(matter: Matter, origin: str | None = None) -> bool:
    """Whether its originators (or this one) made it public, under a text that speaks of public information.

    A joint owner has done so by its own mark on the whole, not by what it says of a source.
    """
    if matter.first("comity-public-information") is None or matter.rank is not None:
        return False
    whose = matter.subject.originators - {matter.facts.holder} if origin is None else {origin}
    labels = [label for label in matter.subject.origins if label.origin in whose]
    owned = whose & matter.subject.owners <= matter.subject.label.parties
    return owned and all(label.public for label in labels)


def annex(term: Term, matter: Matter) -> Iterator[Answer]:
    """Comity: an annex in force covers the kind, the purpose and the level, or what it covers stays where it is."""
    subject, params = matter.subject, term.params
    if matter.act is not Act.RELEASE or matter.bound or params.get("annex") != subject.annex:
        return
    start = _day(params.get("in_force_from"))
    purpose, ceiling = matter.purpose, params.get("up_to_en")
    bars = []
    if start is not None and matter.now < start:
        matter.bounds.append(start)
        bars.append(matter.finding("annex-not-in-force", term, Outcome.DENY))
    if params.get("kinds") is not None and not any(covers_kind(kind, subject.kind) for kind in params["kinds"]):
        bars.append(matter.finding("annex-kind", term, Outcome.DENY, kind=subject.kind))
    if purpose not in (params.get("purposes") or ()):
        bars.append(matter.finding("annex-purpose", term, Outcome.DENY, purpose=str(purpose)))
    if matter.rank is not None and (not ceiling or matter.rank > neutral_rank(str(ceiling))):
        bars.append(matter.finding("annex-level", term, Outcome.DENY))
    if subject.personal and not params.get("personal_data"):
        bars.append(matter.finding("personal-data", term, Outcome.DENY, removes="personal"))
    yield from bars or [matter.finding("annex-covers", term, Outcome.ALLOW, annex=str(subject.annex))]


def no_annex(matter: Matter) -> Iterator[Answer]:
    """A text with annexes permits only through one of them (DECISIONS 6). Another text's annexes bar nothing."""
    own = matter.by_kind.get("comity-annex", [])
    if matter.act is not Act.RELEASE or matter.bound or not own:
        return
    if not any(term.params.get("annex") == matter.subject.annex for term in own):
        yield matter.finding("no-annex-covers", own[0], Outcome.DENY, annex=str(matter.subject.annex))


def tlp(matter: Matter) -> Iterator[Answer]:
    """Traffic Light Protocol 2.0: without a term that speaks of it nothing above CLEAR goes (DECISIONS 7)."""
    if matter.act not in PROVIDING or matter.bound:
        return
    term = matter.first("comity-tlp")
    for label in matter.origins:
        if label.tlp is None or label.tlp is Tlp.CLEAR or label.origin == matter.reader.party:
            continue
        if term is None:
            cite = matter.cite(matter.terms[0]) if matter.terms else HOUSE_AXES
            yield Finding("tlp-without-term", cite, Outcome.DENY, (("tlp", label.tlp.text),))
        elif label.tlp > _reach(term, matter):
            yield matter.finding("tlp-too-narrow", term, Outcome.DENY, tlp=label.tlp.text)
        else:
            yield matter.finding("tlp-within", term, Outcome.ALLOW, tlp=label.tlp.text)
            yield matter.duty("carry-marking", matter.recipient, term, text=label.tlp.text)


def _reach(term: Term, matter: Matter) -> Tlp:
    outward = matter.act is Act.ONWARD_RELEASE or matter.third
    try:
        return Tlp.of(str(term.params.get("onward_up_to" if outward else "up_to", "CLEAR")))
    except Malformed:
        return Tlp.CLEAR


def pap(matter: Matter) -> Iterator[Answer]:
    """Permissible Actions Protocol: given only under a term by which the recipient acts as it permits."""
    if matter.act not in PROVIDING | {Act.USE} or matter.bound:
        return
    term = matter.first("comity-pap")
    reach = _PAP.index(Pap.of(str(term.params.get("up_to", "CLEAR")))) if term is not None else 0
    for label in matter.origins:
        if label.pap is None or label.pap is Pap.CLEAR or label.origin == matter.reader.party:
            continue
        if term is None or _PAP.index(label.pap) > reach:
            cite = matter.cite(term or matter.terms[0]) if term or matter.terms else HOUSE_AXES
            yield Finding("pap-too-narrow", cite, Outcome.DENY, (("pap", label.pap.value),))
        else:
            yield matter.duty("carry-marking", matter.recipient, term, text=f"PAP:{label.pap.value}")


def releasability(matter: Matter) -> Iterator[Answer]:
    """REL TO: a list binds everywhere; what silence means is for the text to say."""
    if matter.act not in PROVIDING or matter.bound:
        return
    term = matter.first("comity-releasability")
    cite = matter.cite(term or matter.terms[0]) if term or matter.terms else HOUSE_AXES
    for label in matter.origins:
        if label.origin == matter.reader.party or label.rel_to == ALL:
            continue
        if label.rel_to is None:
            if term is not None and term.params.get("unstated") != "permit":
                yield Finding("releasability-unstated", cite, Outcome.DENY, (("origin", label.origin),))
        elif matter.reader.party not in label.rel_to:
            yield Finding(
                "not-releasable-to", cite, Outcome.DENY, (("origin", label.origin), ("to", matter.reader.party))
            )


def purposes(matter: Matter) -> Iterator[Answer]:
    """The purposes an originator set bind, whatever the annex covers."""
    if matter.act not in PROVIDING | {Act.USE, Act.ACCESS}:
        return
    purpose = matter.purpose
    term = matter.first("purpose", "use-disclosure", "comity-annex", "access") or next(iter(matter.terms), None)
    for label in matter.origins:
        if label.purposes is None or purpose in label.purposes or label.origin == matter.reader.party:
            continue
        cite = matter.cite(term) if term is not None else HOUSE_AXES
        yield Finding("purpose-not-stated", cite, Outcome.DENY, (("origin", label.origin), ("purpose", str(purpose))))


def licence(term: Term, matter: Matter) -> Iterator[Answer]:
    """Transfers under an annex draw down a licence in force."""
    if matter.act not in PROVIDING or term.params.get("annex") != matter.subject.annex:
        return
    until = _day(term.params.get("until"))
    if not term.params.get("licence") or (until is not None and until <= matter.now):
        yield matter.finding("no-licence", term, Outcome.DENY)
        return
    if until is not None:
        matter.bounds.append(until)
    yield matter.finding("licensed", term, Outcome.ALLOW, licence=str(term.params["licence"]))


def _day(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return start_of(value)
    if not isinstance(value, str):
        return None
    return datetime.fromisoformat(value[:10]).replace(tzinfo=UTC)


def start_of(day: date) -> datetime:
    """The first instant of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _public(_term: Term, matter: Matter) -> bool:
    return any(label.origin != matter.facts.holder and label.public for label in matter.subject.origins)


ROWS: dict[str, Check] = {
    "comity-annex": annex,
    "comity-tlp": shown,
    "comity-pap": shown,
    "comity-releasability": shown,
    "comity-licence": licence,
    "comity-public-information": Cited("public-information", PROVIDING, _public),
    "comity-precedence": shown,
    "comity-notices": shown,
    "comity-calendar": shown,
    "comity-request-time": shown,
    "comity-recall-time": shown,
    "comity-suspension-continues": shown,
    "comity-suspension-on-compromise": shown,
    "comity-standing-release": shown,
    "comity-warning-release": shown,
    "comity-carrier": shown,
    "comity-consultation": shown,
    "comity-relation": shown,
}
"""TLP, PAP, releasability and purposes are axes: they are tested for every label, with or without a term of theirs."""
