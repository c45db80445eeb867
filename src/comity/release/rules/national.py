"""National law: telling, consulting, resisting; disputes, assignment, costs and other promises."""

from collections.abc import Iterator

from comity.agreement.dates import instant_of
from comity.agreement.events import moment_of
from comity.agreement.instrument import Term
from comity.release.matter import Answer, Matter
from comity.release.question import Act, Finding, Outcome
from comity.release.reader import PersonReader
from comity.release.rules.rule import NO_ACT, Check, Cited, Of, unless

TRIBUNALS = ("arbitration", "court", "tribunal", "litigation", "lawsuit", "adjudication")
UNDERSTOOD = (*TRIBUNALS, "against", "detriment")
CLAIMS = frozenset({"claim", "damage-claim"})
ASSIGNING = ("assign", "transfer-of-rights")
LEGAL = frozenset({"legal-disclosure-likely", "foi-request"})


def compelled(matter: Matter) -> bool:
    """A statute compels what the text bars, or the event says that the two conflict."""
    event = matter.facts.event
    return matter.facts.statute is not None or (event is not None and event.kind == "law-conflict")


def national_law(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-SG 3.2, EU-MS 3(2), IL-JP 13 (fictional): what national law prevents is told to the other side at once."""
    event = matter.facts.event
    if compelled(matter):
        yield matter.finding("law-hinders", term, Outcome.ALLOW)
        yield matter.duty("notify-law-conflict", matter.recipient, term, "at-once")
        yield matter.duty("consult", matter.recipient, term)
    elif event is not None and event.kind in LEGAL and matter.first("legal-disclosure") is None:
        yield from legal_disclosure(term, matter)
        yield matter.duty("limit-to-legal-minimum", matter.keeper, term)


def conflict(matter: Matter) -> Iterator[Answer]:
    """The house's own: a statute against the text stops the act and opens consultation, unless the text yields."""
    if matter.facts.statute is None or matter.first("precedence") is not None:
        return
    broken = next(
        (term for term in matter.terms if matter.facts.statute in (term.article, term.article.split("(")[0])), None
    )
    term = matter.first("national-law", "disputes") or broken
    cites = [matter.cite(one) for one in (broken, term) if one is not None] or ["house:1"]
    for cite in dict.fromkeys(cites):
        yield Finding("law-conflict", cite, Outcome.DENY)
    if term is not None:
        yield matter.duty("notify-law-conflict", matter.recipient, term, "at-once")
        yield matter.duty("consult", matter.recipient, term)
        yield matter.duty("consult", "both", term)


def hindered(matter: Matter) -> Iterator[Answer]:
    """The house's own: that a law stands in the way of the text, or may compel disclosure, is told and consulted on
    though no term says so."""
    event = matter.facts.event
    if event is None or matter.first("national-law") is not None:
        return
    if event.kind in LEGAL and matter.first("legal-disclosure") is None:
        guarding = matter.first("third-party", "use-disclosure", "protect-equivalent", "access")
        if guarding is not None:
            yield from legal_disclosure(guarding, matter)
    term = matter.first("disputes", "legal-disclosure", "law-change", "access") or next(iter(matter.terms), None)
    if event.kind == "law-conflict" and matter.first("precedence") is None and term is not None:
        who = event.by or matter.recipient
        yield matter.finding("law-hinders", term, Outcome.ALLOW)
        yield matter.duty("notify-law-conflict", who, term, "at-once")
        yield matter.duty("consult", "both", term)


def precedence(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-AT 1(2): existing national law prevails; then no more than it compels, and the other side is told."""
    if compelled(matter):
        yield matter.finding("law-prevails", term, Outcome.ALLOW)
        yield matter.duty("limit-to-legal-minimum", matter.recipient, term)
        yield matter.duty("notify-law-conflict", matter.recipient, term, "at-once")
        yield matter.duty("consult", matter.recipient, term)


def yields_to_law(matter: Matter) -> bool:
    """Whether access that a statute compels goes before the text, because the text says so."""
    reader = matter.reader
    entitled = isinstance(reader, PersonReader) and reader.entitled_by_statute
    return matter.facts.statute is not None and entitled and matter.first("precedence") is not None


def law_change(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FR 16.4, NL-AU A3, JP-KR 3: a change of law is told; what was agreed goes on meanwhile."""
    event = matter.facts.event
    changes = [row for row in matter.agreement.life.events if row.get("kind") == "law-changed"]
    happened = event is not None and event.kind == "law-changed"
    past = [row for row in changes if instant_of(moment_of(row)) <= matter.now]
    if not happened and not past:
        return
    changer = (event.by if event is not None and happened else None) or (str(past[-1].get("by")) if past else None)
    who = changer or matter.originator
    yield matter.finding("law-changed", term, Outcome.ALLOW)
    yield matter.duty("notify-law-change", who, term, str(term.params.get("deadline") or "promptly"))
    yield matter.duty("examine-amendment", "both", term)
    yield matter.duty("keep-protecting", matter.recipient, term)
    for mark in matter.marks:
        yield matter.duty("keep-original-marking", matter.recipient, term, level=mark[1])


def law_freeze(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-AU A4: on demand the former rules go on applying to what is under the arrangement."""
    ask = matter.facts.ask
    if ask is not None and ask.former_rules:
        yield matter.finding("former-rules", term, Outcome.ALLOW)
        for party in sorted(matter.parties - {ask.by}):
            yield matter.duty("apply-former-rules", party, term)


def legal_disclosure(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-SG 4.2: disclosure that law may compel is resisted; the originator is told at once and consulted."""
    event = matter.facts.event
    if event is not None and event.kind in LEGAL:
        due = str(term.params.get("deadline") or "immediately")
        yield matter.finding("disclosure-by-law", term, Outcome.ALLOW, event=event.kind)
        for origin in sorted(matter.subject.originators - {matter.keeper}):
            yield matter.duty("notify-originator", matter.keeper, term, due, to=origin)
        yield matter.duty("consult", matter.keeper, term, due)
        yield matter.duty("resist-disclosure", matter.keeper, term)


def disputes(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL XI, CH-KR 13, JP-KR 19, NL-US 17: consultation only, no court; obligations go on meanwhile."""
    intended = matter.facts.intended or ""
    if any(word in intended for word in TRIBUNALS):
        yield matter.finding("no-tribunal", term, Outcome.DENY)
        yield matter.duty("consult", "both", term)
    elif matter.facts.dispute_open:
        yield matter.finding("dispute-open", term, Outcome.ALLOW)


def assignment(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL XII(2): rights and duties pass to nobody without the other party's consent."""
    if not (matter.facts.intended or "").startswith(ASSIGNING):
        return
    form = term.params.get("requires")
    if not isinstance(form, str):
        yield matter.finding("assignment-barred", term, Outcome.DENY)
        return
    yield from unless(term, matter, "assignment", matter.others, form, frozenset({"assign", "assignment", "use"}))


def intent(matter: Matter) -> Iterator[Answer]:
    """The house's own: an intention that no term understands bars the act (law 1)."""
    intended = matter.facts.intended
    if intended is None or intended.startswith(ASSIGNING) or any(word in intended for word in UNDERSTOOD):
        return
    term = matter.first("purpose", "access") or next(iter(matter.terms), None)
    cite = matter.cite(term) if term is not None else "house:1"
    yield Finding("intent-unknown", cite, Outcome.DENY, (("intended", intended),))


def funds(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US 10(6): a party whose funds fall short says so promptly; both consult."""
    event = matter.facts.event
    if event is not None and event.kind == "funds-inadequate":
        who = event.by or matter.recipient
        yield matter.finding("funds-short", term, Outcome.ALLOW)
        yield matter.duty("notify-funding", who, term, "promptly")
        yield matter.duty("consult", "both", term, "immediately")
        yield matter.duty("consult", who, term, "immediately")


def costs(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL XIII, CH-KR 12, NL-US 10(1): each bears its own."""
    if matter.subject.kind in {"claim", "cost", "invoice", "cost-claim"} and matter.facts.intended is None:
        yield matter.finding("own-costs", term, Outcome.ALLOW)
        for party in sorted(matter.parties):
            yield matter.duty("bear-own-costs", party, term)
        yield matter.duty("bear-own-costs", "both", term)


ROWS: dict[str, Check] = {
    "national-law": national_law,
    "precedence": precedence,
    "law-change": law_change,
    "law-freeze": law_freeze,
    "legal-disclosure": Of(NO_ACT, legal_disclosure, event=True),
    "disputes": disputes,
    "assignment": assignment,
    "funds-notice": Of(NO_ACT, funds, event=True),
    "costs": costs,
    "claims": Cited("claims-waived", frozenset(Act), lambda _term, matter: matter.subject.kind in CLAIMS),
    "damages": Cited("damages", frozenset(Act), lambda _term, matter: matter.subject.kind in CLAIMS),
    "no-waiver": Cited("no-waiver", frozenset(Act), lambda _term, matter: matter.facts.tolerated),
}
