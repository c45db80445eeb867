"""Marks and caveats: what must be written on a thing, who alone may see what bears a caveat, oral information."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.release.matter import PROVIDING, SEEING, Answer, Matter
from comity.release.question import Act, Finding, Outcome
from comity.release.reader import CONTRACTING, PartyReader
from comity.release.rules.rule import Check, Cited, Owes, both, originator, owe, recipient, shown
from comity.release.subject import CUI

WORKING = frozenset({Act.USE, Act.RELEASE, Act.ONWARD_RELEASE, Act.COPY, Act.ACCESS})
UNCLASSIFIED = frozenset({CUI, "IN CONFIDENCE", "UNCLASSIFIED"})
REPRODUCING = frozenset({Act.COPY, Act.TRANSLATE})


def arriving(_term: Term, matter: Matter) -> bool:
    """Classified information given to a party, or just received by it."""
    event = matter.facts.event
    received = event is not None and event.kind == "received"
    given = matter.act is Act.RELEASE and matter.reader.party in matter.parties
    return (given or received) and matter.rank is not None and bool(matter.subject.originators - {matter.recipient})


def mark_equivalent(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL VI(2)(a), CH-KR 3(2), CH-FI 4(1), CH-SG 5.1(b): the recipient marks its own corresponding level."""
    level = matter.effective(matter.recipient).level
    if level is None:
        return
    put = matter.subject.recipient_mark
    if put is not None and matter.table.native(matter.recipient, put) != level:
        yield matter.finding("wrongly-marked", term, Outcome.ALLOW, level=level)
        yield matter.duty("correct-marking", matter.recipient, term, to=level)
    elif matter.once(arriving, term):
        yield matter.finding("equivalent", term, Outcome.ALLOW)
        yield matter.duty("mark-equivalent", matter.recipient, term, to=level)
    elif matter.act in REPRODUCING:
        yield matter.finding("handled-as-original", term, Outcome.ALLOW)
        yield matter.duty("carry-marking", matter.keeper, term)


def mark_origin(term: Term, matter: Matter) -> Iterator[Answer]:
    """JP-KR 4(2), NL-AU A12, CH-LU 5.9(b): the name of whose information it is stays on it."""
    if matter.once(arriving, term):
        yield matter.finding("origin-marked", term, Outcome.ALLOW)
        for origin in sorted(matter.subject.originators - {matter.recipient}):
            yield matter.duty("mark-origin", matter.recipient, term, origin=origin)
            if term.rule == "mark-origin":
                yield matter.duty("mark-origin", matter.keeper, term, origin=origin)


def derived(term: Term, matter: Matter) -> Iterator[Answer]:
    """JP-KR 4(3), CH-KR 3(3), CH-FI 2(a), CH-PL 2(2): made from others' information, marked like it, at its level."""
    subject, keeper = matter.subject, matter.keeper
    parts = [label for _, label in (*subject.sources, *subject.portions)]
    foreign = sorted({origin for label in parts for origin in label.parties} - {keeper})
    if matter.act not in WORKING or not foreign:
        return
    wanted = matter.effective(keeper)
    own = [label.level for label in subject.label.origins if label.origin == keeper and label.level is not None]
    places = [matter.table.position(keeper, level) for level in own]
    needed = None if wanted.level is None else matter.table.position(keeper, wanted.level)
    low = needed is not None and not any(place is not None and place >= needed for place in places)
    yield matter.finding("under-marked" if low else "derived", term, Outcome.ALLOW)
    if low and wanted.level is not None:
        yield matter.duty("re-mark", keeper, term, to=wanted.level)
    for origin in foreign:
        yield matter.duty("mark-origin", keeper, term, origin=origin)


def release_marking(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-EDA 2(4): what is given bears RELEASABLE TO its recipient."""
    text = (term.params.get("markings") or {}).get(matter.reader.party)
    if matter.act is not Act.RELEASE or text is None or matter.bound:
        return
    marks = matter.subject.marks
    if marks is not None and text not in marks:
        yield matter.finding("no-release-marking", term, Outcome.DENY, text=str(text))
    if marks is None or text not in marks:
        yield matter.duty("add-release-marking", matter.keeper, term, text=str(text))
    else:
        yield matter.finding("release-marked", term, Outcome.ALLOW)


def originator_marking(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-EDA 2(3): an organisation's information bears its mark too."""
    words, marks = " ".join(term.text.values()), matter.subject.marks or frozenset()
    for origin in sorted(matter.subject.originators & matter.parties):
        if f"{origin} information" in words and origin not in marks and matter.act in PROVIDING | {Act.USE}:
            yield matter.finding("originator-mark", term, Outcome.ALLOW)
            yield matter.duty("mark", origin, term, text=origin)


def caveat(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FR 5.4 SPECIAL FRANCE-SUISSE, IL-JP 5(4) (fictional): only nationals of the parties named."""
    marking, allowed = term.params.get("marking"), frozenset(term.params.get("nationality_any_of") or ())
    borne = any(marking in label.caveats for label in matter.subject.origins if label.origin != matter.reader.party)
    if not borne or matter.act not in SEEING | PROVIDING:
        return
    if allowed and not matter.reader.nationality & allowed:
        yield matter.finding("caveat-nationality", term, Outcome.DENY, caveat=str(marking))
    else:
        yield matter.finding("caveat-kept", term, Outcome.ALLOW, caveat=str(marking))
        yield matter.duty("carry-caveat", matter.recipient, term, caveat=str(marking))


def caveats(matter: Matter) -> Iterator[Answer]:
    """The house's own: a caveat that no term explains is read by its grammar, or bars (law 1)."""
    if matter.act not in SEEING | PROVIDING:
        return
    known = {term.params.get("marking") for term in matter.by_kind.get("caveat", ())}
    terms = _on_caveats(matter)
    borne = {text for label in matter.subject.origins if label.origin != matter.reader.party for text in label.caveats}
    for text in sorted(borne - known):
        code = _reads(text, matter)
        if code is not None:
            for cite in [matter.cite(term) for term in terms] or ["house:1"]:
                yield Finding(code, cite, Outcome.DENY, (("caveat", text),))
        elif terms:
            yield matter.finding("caveat-kept", terms[0], Outcome.ALLOW, caveat=text)
            yield matter.duty("carry-caveat", matter.recipient, terms[0], caveat=text)


def _on_caveats(matter: Matter) -> list[Term]:
    """The articles by which an originator's caveat binds: those on such marks, else those on its rules and limits."""
    kinds = ("additional-markings", "release-conditions", "caveat", "use-disclosure", "purpose", "contractor", "access")
    private = matter.reader.kind != "government"
    found = [term for kind in kinds if private or kind != "contractor" for term in matter.by_kind.get(kind, ())]
    return (found or list(matter.terms))[:3]


def marking(matter: Matter) -> Iterator[Answer]:
    """The house's own: a marking that is no level, and that neither the text nor this program knows, bars (law 1)."""
    text, foreign = matter.subject.marking, matter.subject.originators - {matter.reader.party}
    if text is None or not foreign or matter.act not in SEEING | PROVIDING:
        return
    named = {str(term.params["applies_to"]) for term in matter.terms if term.params.get("applies_to")}
    if text in UNCLASSIFIED | named | matter.unclassified or matter.table.anywhere(text):
        return
    term = matter.first("additional-markings", "unmarked", "access") or next(iter(matter.terms), None)
    cite = matter.cite(term) if term is not None else "house:1"
    yield Finding("marking-unknown", cite, Outcome.DENY, (("marking", text),))


def _reads(text: str, matter: Matter) -> str | None:
    """Why a caveat bars this reader, `None` where it does not."""
    reader = matter.reader
    if text == "NO CONTRACTORS":
        outside = reader.kind in CONTRACTING or reader.contractor is not None or reader.kind != "government"
        return "caveat-no-contractors" if outside else None
    for prefix in ("EYES ONLY ", "RELEASABLE TO ", "REL TO "):
        if text.startswith(prefix):
            named = set(text.removeprefix(prefix).replace(",", " ").replace("-", " ").split())
            eyes = prefix == "EYES ONLY " and not isinstance(reader, PartyReader)
            passes = bool(reader.nationality & named) if eyes else reader.party in named
            return None if passes else "caveat-nationality"
    return "caveat-unknown"


def oral(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-AU A6 and A14(c), JP-KR 2(a), IL-JP 7(3) (fictional): confirmed in writing, protected as declared."""
    if matter.subject.form not in {"oral", "visual"} or matter.act not in WORKING:
        return
    days, level = term.params.get("confirm_days"), matter.effective(matter.recipient).level
    yield matter.finding("oral", term, Outcome.ALLOW)
    if isinstance(days, int):
        due = matter.days(matter.subject.created or matter.now, days)
        if not matter.facts.confirmation_received:
            yield matter.duty("confirm-in-writing", matter.originator, term, due)
            if due is not None and due < matter.now.date().isoformat():
                yield matter.duty("query-originator", matter.recipient, term)
    else:
        yield matter.duty("note-for-file", matter.recipient, term)
        yield matter.duty("note-for-file", matter.originator, term)
    if level is not None:
        yield matter.duty("protect-as", matter.recipient, term, level=level)


def _is_classified(_term: Term, matter: Matter) -> bool:
    return matter.rank is not None


def _is_cui(term: Term, matter: Matter) -> bool:
    return matter.subject.marking == str(term.params.get("applies_to") or CUI)


ROWS: dict[str, Check] = {
    "mark-equivalent": mark_equivalent,
    "mark-origin": mark_origin,
    "mark-origin-and-equivalent": both(mark_origin, mark_equivalent),
    "dual-marking": Owes("dual-marked", frozenset({Act.RELEASE}), _is_classified, owe("dual-marking", originator)),
    "mark-legend": Owes("legend", PROVIDING, _is_classified, owe("mark-legend", originator)),
    "originator-marking": originator_marking,
    "release-marking": release_marking,
    "additional-markings": shown,
    "derived": derived,
    "cui-marking": Owes("cui-marked", PROVIDING, _is_cui, owe("cui-marking", originator)),
    "caveat": caveat,
    "oral": oral,
    "oral-visit": Owes(
        "oral-on-visit",
        frozenset(Act),
        lambda _term, matter: _learnt(matter),
        both(owe("state-classification", originator), owe("note-for-file", recipient)),
    ),
    "visit-information": Cited("learnt-on-visit", frozenset(Act), lambda _term, matter: _learnt(matter)),
}


def _learnt(matter: Matter) -> bool:
    """Told or seen on a visit (CH-CZ 12(5), CH-DK 7.6, CH-SG 8.5)."""
    event = matter.facts.event
    told = event is not None and event.kind == "oral-disclosure-during-visit"
    return told or matter.subject.form == "visual" or (matter.subject.purpose or "").startswith("visit-")
