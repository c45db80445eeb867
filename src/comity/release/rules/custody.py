"""Copies, translations, return and destruction, archives."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.labels.equivalence import neutral_rank
from comity.release.matter import Answer, Matter
from comity.release.question import Act, Finding, Outcome
from comity.release.reader import Clearance, PersonReader
from comity.release.rules.rule import Check, Of, Owes, UnlessConsent, both, classified, holder, owe, shown

REPRODUCING = frozenset({Act.COPY, Act.TRANSLATE})
TRANSLATE = frozenset({Act.TRANSLATE})
DESTROY = frozenset({Act.DESTROY})
COPY_SCOPES = frozenset({"copy", "translate"})
ENDS = frozenset({"purpose-ended", "return-requested"})


def translator(term: Term, matter: Matter) -> Iterator[Answer]:
    """JP-KR 15, CH-LU 7.3(a): whoever translates (or copies) is cleared for the level."""
    acts = REPRODUCING if term.rule == "translator-clearance" else frozenset({Act.TRANSLATE})
    if matter.act not in acts or matter.rank is None:
        return
    wanted = term.rule == "translator-clearance" or bool(term.params.get("translator_cleared"))
    if wanted and matter.foreign and not matter.facts.translator_assumed and not matter.cleared(_worker(matter)):
        yield matter.finding("translator-not-cleared", term, Outcome.DENY)
    else:
        yield matter.finding("translator-cleared", term, Outcome.ALLOW)


def _worker(matter: Matter) -> Clearance | None:
    """The clearance of whoever does the work: as stated for the translator, else the reader's own."""
    level = matter.facts.translator_clearance
    if level is not None:
        return Clearance(matter.keeper, level)
    reader = matter.reader
    return reader.clearance if isinstance(reader, PersonReader) and matter.facts.translator_stated is False else None


def translation_note(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FI 8(2), CH-PL 7(1), CH-EE 6(2), CH-LU 7.3(b): a note in the language of translation."""
    if matter.act is Act.TRANSLATE:
        yield matter.finding("translation-noted", term, Outcome.ALLOW)
        language = matter.facts.target_language or "unstated"
        yield matter.duty("translation-note", matter.keeper, term, language=language)
        yield matter.duty("carry-marking", matter.keeper, term)


def copies(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FI 8(1), CH-KR 3(3), CH-LU 7.2: copies carry the original level and are kept few."""
    if matter.act not in REPRODUCING:
        return
    yield matter.finding("copied-as-original", term, Outcome.ALLOW)
    yield matter.duty("carry-marking", matter.keeper, term)
    if term.rule == "copy":
        yield matter.duty("limit-copies", matter.keeper, term)
    if matter.act is Act.TRANSLATE and "language" in " ".join(term.text.values()):
        yield from translation_note(term, matter)


def instructions(matter: Matter) -> Iterator[Answer]:
    """The house's own: an originator's handling instruction binds; one that is not understood bars the act (law 1)."""
    told = matter.facts.handling | matter.subject.handling
    if matter.act not in REPRODUCING or not told or not matter.subject.originators - {matter.keeper}:
        return
    kinds = ("release-conditions", "additional-markings", "purpose", "copy", "copies-marking", "protect-equivalent")
    terms = [term for kind in kinds for term in matter.by_kind.get(kind, ())] or list(matter.terms[:1])
    code = "no-copy" if told <= {"NO COPY"} else "handling-unknown"
    for cite in [matter.cite(term) for term in terms] or ["house:1"]:
        yield Finding(code, cite, Outcome.DENY, tuple(("instruction", text) for text in sorted(told)))


def destroy(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-PL 8, CH-CZ 11(4), JP-KR 13: destroyed so that nothing can be rebuilt; only at the levels named."""
    if matter.act is not Act.DESTROY or not matter.at(term.params.get("levels_en")):
        return
    yield matter.finding("destroyed", term, Outcome.ALLOW)
    yield matter.duty("destroy-irreversibly", matter.keeper, term)


def uncovered(matter: Matter) -> Iterator[Answer]:
    """The house's own: where destruction is allowed up to a level, what stands higher and of which no term speaks is
    not destroyed."""
    levelled = [term for term in matter.by_kind.get("destroy", ()) if term.params.get("levels_en")]
    if matter.act is not Act.DESTROY or not levelled or not matter.foreign or crisis_term(matter) is not None:
        return
    spoken = [*matter.by_kind.get("destroy", ()), *matter.by_kind.get("destroy-forbidden", ())]
    by_consent = any(classified(term, matter) for term in matter.by_kind.get("destroy-consent", ()))
    top = max(neutral_rank(en) for term in levelled for en in term.params["levels_en"])
    if (
        matter.rank is not None
        and matter.rank > top
        and not by_consent
        and not any(matter.at(term.params.get("levels_en")) for term in spoken)
    ):
        for term in (*matter.by_kind.get("destroy-forbidden", ())[:1], levelled[0]):
            yield matter.finding("destruction-not-provided", term, Outcome.DENY)
            yield matter.duty("return", matter.keeper, term)


def crisis_term(matter: Matter) -> Term | None:
    """The crisis term, where there is a crisis: it overrides what else is said of destruction."""
    return matter.first("destroy-crisis") if matter.facts.crisis else None


def destroy_crisis(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FI 8(6), CH-EE 6(6), CH-LU 8.3: destroyed at once, the originator told."""
    if matter.act is Act.DESTROY and matter.facts.crisis:
        yield matter.finding("crisis", term, Outcome.ALLOW)
        yield matter.duty("destroy-irreversibly", matter.keeper, term, "immediately")
        yield matter.duty("notify-originator", matter.keeper, term, "as-soon-as-possible")


def destroy_forbidden(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-PL 8, CH-CZ 11(4), CH-EE 6(5): at these levels returned, never destroyed."""
    if matter.act is not Act.DESTROY or not matter.foreign or crisis_term(matter) is not None:
        return
    if matter.at(term.params.get("levels_en")) or _above(term, matter):
        yield matter.finding("destruction-forbidden", term, Outcome.DENY)
        yield matter.duty("return", matter.keeper, term)


def _above(term: Term, matter: Matter) -> bool:
    """A level above all of the ladder is at least what the term forbids."""
    return bool(term.params.get("levels_en")) and matter.reaches("ABOVE ALL")


def return_or_destroy(term: Term, matter: Matter) -> Iterator[Answer]:
    """JP-KR 6(h), CH-SG 5.1(d), CH-LU 8.1: when no longer needed, returned or destroyed."""
    event, days = matter.facts.event, term.params.get("certificate_days")
    if matter.act is Act.DESTROY:
        yield matter.finding("destroyed", term, Outcome.ALLOW)
        yield matter.duty("destroy-irreversibly", matter.keeper, term)
        if isinstance(days, int):
            yield matter.duty("destruction-certificate", matter.keeper, term, matter.days(matter.now, days))
    elif event is not None and event.kind in ENDS and not _kept(matter):
        yield matter.finding("no-longer-needed", term, Outcome.ALLOW)
        if matter.facts.instruction in {"destroy", "return"}:
            yield matter.duty(str(matter.facts.instruction), matter.keeper, term)
        yield matter.duty("return-or-destroy", matter.keeper, term)
        if event.kind == "return-requested":
            yield matter.duty("return", matter.keeper, term)
        if isinstance(days, int):
            due = matter.days(event.on or matter.now, days)
            yield matter.duty("destruction-certificate", matter.keeper, term, due)


def _kept(matter: Matter) -> bool:
    """Still needed, under a text that lets what is needed for materiel be kept."""
    return matter.facts.still_needed_for is not None and matter.first("contract-end") is not None


def contract_end(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-KR 10(4): at the end of a contract return may be demanded, unless needed for use and upkeep of materiel."""
    event, contractor = matter.facts.event, matter.reader.contractor
    over = contractor is not None and contractor.contract_end is not None and contractor.contract_end <= matter.now
    asked = event is not None and event.kind == "return-requested"
    if not (asked or (over and matter.act is Act.RETAIN)):
        return
    if matter.facts.still_needed_for is not None:
        yield matter.finding("still-needed", term, Outcome.ALLOW, purpose=matter.facts.still_needed_for)
        yield matter.duty("keep-protecting", matter.keeper, term)
    elif asked:
        yield matter.finding("return-demanded", term, Outcome.ALLOW)
        yield matter.duty("return", matter.keeper, term)
    else:
        yield matter.finding("kept-until-demanded", term, Outcome.ALLOW)
        yield matter.duty("keep-protecting", matter.keeper, term)


def _to_archive(_term: Term, matter: Matter) -> bool:
    archive = "archiv" in f"{matter.reader.organisation} {matter.reader.kind} {matter.facts.national_rule or ''}"
    kept = matter.facts.national_rule is not None
    return (archive or kept) and bool(matter.subject.originators - {matter.keeper})


def _destroyed_above(term: Term, matter: Matter) -> bool:
    return crisis_term(matter) is None and classified(term, matter) and bool(matter.foreign)


def destroy_consent(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FI 8(4), CH-LU 8.2: destroyed only with the originator's consent; without it, returned."""
    found = list(_by_consent(term, matter))
    yield from found
    if any(isinstance(answer, Finding) and answer.outcome is not Outcome.ALLOW for answer in found):
        yield matter.duty("return", matter.keeper, term)
    elif found:
        yield matter.duty("destroy-irreversibly", matter.keeper, term)
        if "inform" in " ".join(term.text.values()):
            for origin in sorted(matter.foreign):
                yield matter.duty("notify-originator", matter.keeper, term, to=origin)


_by_consent = UnlessConsent("destruction", DESTROY, _destroyed_above, frozenset({"destroy"}))


ROWS: dict[str, Check] = {
    "copy": Of(REPRODUCING, copies),
    "copies-marking": Of(REPRODUCING, copies),
    "copy-consent": UnlessConsent("copy", REPRODUCING, classified, COPY_SCOPES),
    "translation": Of(TRANSLATE, both(translator, translation_note)),
    "translation-note": Of(TRANSLATE, both(translator, translation_note)),
    "translator-clearance": Of(REPRODUCING, translator),
    "destroy": Of(DESTROY, destroy),
    "destroy-consent": Of(DESTROY, destroy_consent),
    "destroy-crisis": Of(DESTROY, destroy_crisis),
    "destroy-forbidden": Of(DESTROY, destroy_forbidden),
    "destruction-certificate": Owes("certified", DESTROY, classified, owe("destruction-certificate", holder)),
    "return-or-destroy": Of(DESTROY, return_or_destroy, event=True),
    "contract-end": contract_end,
    "archive": UnlessConsent(
        "archive",
        frozenset({Act.RETAIN, Act.ONWARD_RELEASE, Act.USE, Act.DECLASSIFY, Act.RELEASE}),
        _to_archive,
        frozenset({"archive", "retain", "onward-release"}),
    ),
    "inventory": shown,
}
