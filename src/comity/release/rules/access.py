"""Who may see it: need to know, clearance, briefing, nationality, the authority that receives for its party."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.labels.equivalence import neutral_rank
from comity.release.matter import SEEING, Answer, Matter
from comity.release.question import Act, Outcome
from comity.release.reader import Clearance, OrgReader, PartyReader, PersonReader
from comity.release.rules.rule import Check, Cited, OnEvent, UnlessFact, shown

STRICTEST = {"need_to_know": True, "clearance_from_level": "ANY"}
"""What a term on access asks that does not say what it asks: all that its kind means."""


def tested(matter: Matter) -> bool:
    """Whether clearance and need to know are asked for at all: classified information of somebody else's, seen by a
    reader of the parties (reading rule 1)."""
    foreign = bool(matter.subject.originators - {matter.reader.party})
    return matter.act in SEEING and matter.reaches(None) and foreign and matter.reader.party in matter.parties


def access(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL IV(4), JP-KR 7, CH-KR 5(1), NL-US 11(2)(c), CH-FI 5(3): cleared, needing it, briefed, a national."""
    if not matter.once(tested) or isinstance(matter.reader, PartyReader):
        yield from _protected(term, matter)
        return
    found = list(
        _person(term, matter, matter.reader) if isinstance(matter.reader, PersonReader) else _firm(term, matter)
    )
    yield from found
    if not found:
        yield matter.finding("cleared", term, Outcome.ALLOW)


def _person(term: Term, matter: Matter, reader: PersonReader) -> Iterator[Answer]:
    params = term.params or STRICTEST
    if params.get("need_to_know") and not reader.need_to_know:
        yield matter.finding("no-need-to-know", term, Outcome.DENY)
    if matter.once(needs_clearance, term) and not (by_function(term, matter, reader) or matter.once(_cleared)):
        yield matter.finding(matter.once(_why), term, Outcome.DENY)
    elif matter.once(needs_clearance, term) and _revoked(matter, reader):
        yield matter.finding("clearance-revoked", term, Outcome.DENY)
        yield matter.duty("revoke-access", matter.keeper, term)
    if params.get("briefed") and not reader.briefed:
        yield matter.finding("not-briefed", term, Outcome.DENY)
        yield matter.duty("brief", matter.recipient, term)
    if params.get("nationals_only") and not reader.nationality & matter.parties:
        yield matter.finding("not-a-national", term, Outcome.DENY)


def _protected(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FR 5.2-5.3: what is protected though unclassified takes no clearance, and is still for those who need it."""
    reader, marks = matter.reader, {mark[1] for mark in matter.marks}
    if not isinstance(reader, PersonReader) or reader.party not in matter.parties or matter.act not in SEEING:
        return
    given = matter.rank is None and bool(marks & matter.unclassified and matter.subject.originators - {reader.party})
    if given and (term.params or STRICTEST).get("need_to_know") and not reader.need_to_know:
        yield matter.finding("no-need-to-know", term, Outcome.DENY)


def _revoked(matter: Matter, reader: PersonReader) -> bool:
    """The reader's clearance is withdrawn, under a text in which no article says what follows."""
    event = matter.facts.event
    withdrawn = event is not None and event.kind == "clearance-withdrawn" and matter.first("clearance-change") is None
    return withdrawn and event is not None and (event.by or matter.recipient) == reader.party


def _firm(term: Term, matter: Matter) -> Iterator[Answer]:
    if matter.once(needs_clearance, term) and not matter.once(_cleared):
        yield matter.finding(matter.once(_why), term, Outcome.DENY)


def _held(matter: Matter) -> Clearance | None:
    """A person's own clearance, or its firm's."""
    reader = matter.reader
    if isinstance(reader, PersonReader):
        return reader.clearance
    return reader.contractor.facility_clearance if isinstance(reader, OrgReader) and reader.contractor else None


def _cleared(matter: Matter) -> bool:
    return matter.cleared(_held(matter))


def needs_clearance(term: Term, matter: Matter) -> bool:
    """From the level the term names, unless the text exempts it (CH-SG 10.2) or sets another rule for a level."""
    threshold = (term.params or STRICTEST).get("clearance_from_level")
    if threshold is None or not matter.reaches(threshold):
        return False
    if matter.first("no-equivalent-access") and any(_marked_only(mark, matter) for mark in matter.marks):
        return False
    exempt = [
        neutral_rank(en)
        for row in matter.by_kind.get("clearance-threshold", ())
        for en in row.params.get("exempt_en") or ()
    ]
    return matter.rank is None or matter.rank > max(exempt, default=0)


def _marked_only(mark: tuple[str, str, str | None], matter: Matter) -> bool:
    return any(matter.concerns(term, mark) for term in matter.by_kind.get("no-equivalent", ()))


def by_function(term: Term, matter: Matter, reader: PersonReader) -> bool:
    """Entitled by function where the text lets that suffice, for all or for one origin (CH-LU 5.3-5.4, EU-MS 5(2))."""
    if not reader.entitled_by_function:
        return False
    foreign = matter.subject.originators - {reader.party}
    origins = {
        row.params.get("origin")
        for row in matter.by_kind.get("access-origin", ())
        if row.params.get("function_suffices")
    }
    return bool(term.params.get("function_suffices")) or foreign <= origins


def _why(matter: Matter) -> str:
    clearance = _held(matter)
    if clearance is None:
        return "no-clearance"
    expired = clearance.valid_until is not None and clearance.valid_until <= matter.now
    return "clearance-expired" if expired else "clearance-too-low"


def access_origin(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-LU 5.3-5.4: for one origin's information a clearance, or entitlement by function."""
    reader, origin = matter.reader, term.params.get("origin")
    if not matter.once(tested) or not isinstance(reader, PersonReader) or origin not in matter.subject.originators:
        return
    if reader.party == origin or (matter.first("access") and not needs_clearance(matter.by_kind["access"][0], matter)):
        return
    entitled = reader.entitled_by_function and term.params.get("function_suffices")
    if entitled or matter.once(_cleared):
        yield matter.finding("entitled", term, Outcome.ALLOW)
    else:
        yield matter.finding(matter.once(_why), term, Outcome.DENY)


def access_rank(term: Term, matter: Matter) -> Iterator[Answer]:
    """JP-KR 7(1), NL-SE 3: rank, position or clearance alone open nothing, so need to know is asked of everyone."""
    reader = matter.reader
    if not matter.once(tested) or not isinstance(reader, PersonReader):
        return
    if not reader.need_to_know or (reader.role is not None and not matter.once(_cleared) and _wants(matter)):
        yield matter.finding("rank-opens-nothing", term, Outcome.DENY)


def _wants(matter: Matter) -> bool:
    return any(needs_clearance(term, matter) for term in matter.by_kind.get("access", ()))


def no_equivalent_access(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US DM Annex V: a level without equivalent is for people cleared to the level the text names."""
    reader, minimum = matter.reader, term.params.get("min_clearance") or {}
    marked = any(_marked_only(mark, matter) for mark in matter.marks)
    if not matter.once(tested) or not marked or not isinstance(reader, PersonReader) or reader.party not in minimum:
        return
    held, needed = reader.clearance, matter.table.position(reader.party, minimum[reader.party])
    place = matter.table.position(held.party, held.level) if held and held.party == reader.party else None
    lapsed = held is not None and held.valid_until is not None and held.valid_until <= matter.now
    if place is None or needed is None or place < needed or lapsed or not reader.need_to_know:
        yield matter.finding("clearance-too-low", term, Outcome.DENY)
    else:
        yield matter.finding("cleared", term, Outcome.ALLOW)


def _briefed(term: Term, matter: Matter) -> bool:
    reader = matter.reader
    return not isinstance(reader, PersonReader) or reader.briefed or not term.params.get("briefed", True)


def _acknowledged(term: Term, matter: Matter) -> bool:
    reader = matter.reader
    return not isinstance(reader, PersonReader) or reader.acknowledged or not term.params.get("acknowledged")


def briefing(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-KR 5(1)(c), CH-FI 5(3), CH-EDA 3(2): briefed before access, sometimes acknowledged in writing."""
    if not matter.once(tested):
        return
    if not _briefed(term, matter):
        yield matter.finding("not-briefed", term, Outcome.DENY)
        yield matter.duty("brief", matter.recipient, term)
    elif not _acknowledged(term, matter):
        yield matter.finding("briefing-not-acknowledged", term, Outcome.DENY)
        yield matter.duty("obtain-acknowledgement", matter.recipient, term)
    else:
        yield matter.finding("condition-met", term, Outcome.ALLOW, rule=term.rule)


def _assured(_term: Term, matter: Matter) -> bool:
    return matter.facts.recipient_assurance or isinstance(matter.reader, PartyReader)


def authority(term: Term | None, matter: Matter) -> Iterator[Answer]:
    """A party receives through an authority of the text that may receive this, for this annex, up to this level."""
    reader = matter.reader
    if matter.act is not Act.RELEASE or not isinstance(reader, PartyReader) or matter.bound:
        return
    named = next((one for one in matter.agreement.authorities if one.id == reader.authority), None)
    cited = term or matter.terms[0]
    if named is None or named.party != reader.party or "receive" not in named.may:
        yield matter.finding("authority-may-not-receive", cited, Outcome.DENY)
    elif named.annexes is not None and matter.subject.annex not in named.annexes:
        yield matter.finding("authority-not-for-annex", cited, Outcome.DENY)
    elif matter.rank is not None and (named.up_to_en is None or matter.rank > neutral_rank(named.up_to_en)):
        yield matter.finding("authority-level-too-low", cited, Outcome.DENY)


def clearance_change(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-KR 10(2), CH-LU 5.8, CH-DK 9: a withdrawn clearance ends access and is told to the other side."""
    event = matter.facts.event
    actor = (event.by if event else None) or matter.recipient
    if tested(matter) and matter.act is Act.RELEASE and actor == matter.reader.party:
        yield matter.finding("clearance-revoked", term, Outcome.DENY)
    yield matter.duty("revoke-access", matter.keeper, term)
    yield matter.duty("notify-clearance-change", actor, term)
    if actor != matter.keeper:
        yield matter.duty("revoke-access", actor, term)


ROWS: dict[str, Check] = {
    "access": access,
    "access-origin": access_origin,
    "access-rank": access_rank,
    "no-equivalent-access": no_equivalent_access,
    "briefing": briefing,
    "assurance": UnlessFact(
        "no-assurance",
        frozenset({Act.RELEASE}),
        lambda _term, matter: matter.reader.party in matter.parties and not matter.bound,
        _assured,
        "obtain-assurance",
        lambda matter: matter.keeper,
    ),
    "clearance-change": OnEvent("clearance-withdrawn", frozenset({"clearance-withdrawn"}), clearance_change),
    "clearance-recognition": Cited(
        "clearance-recognised",
        SEEING,
        lambda _term, matter: (
            isinstance(matter.reader, PersonReader)
            and matter.reader.clearance is not None
            and matter.reader.clearance.party != matter.reader.party
        ),
    ),
    "clearance-threshold": Cited(
        "clearance-not-needed",
        SEEING,
        lambda term, matter: (
            tested(matter)
            and matter.rank is not None
            and matter.rank <= max((neutral_rank(en) for en in term.params.get("exempt_en") or ()), default=0)
        ),
    ),
    "competent-authorities": shown,
}
