"""Visits between nodes: asked for by the visitors' side, answered by the host's authority, listed by both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from comity.acts import agreements, notifying
from comity.acts.node import Node
from comity.acts.visits import barred, papers_under
from comity.agreement.instrument import Agreement, Term
from comity.core.errors import Absent, Malformed, Refused
from comity.records import Principal
from comity.release import visit_case
from comity.release.decision import Decision, bare
from comity.release.question import Outcome
from comity.release.visit import Answer, Request, Word
from comity.release.visit_case import State, VisitCase


@dataclass(frozen=True, slots=True)
class Listed:
    """A visit as it stands, and what the text says of it now; `None` once it is over or no more asked for."""

    case: VisitCase
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A visit for people: with the articles that decide, and the offices that may answer it here."""

    listed: Listed
    articles: tuple[Term, ...]
    offices: tuple[str, ...]


def request(node: Node, agreement_id: str, asked: Request, by: Principal) -> str:
    """Asks the partner for a visit; the request's id. Raises `Refused` with the article where the text bars it."""
    text = agreements.held(node, agreement_id).at(node.clock())
    decision = _foreseen(node, text, asked)
    if decision is not None and decision.outcome is Outcome.DENY:
        raise Refused(f"{_said(decision)} bars this visit: {_codes(decision)}", "docs/decisions-explained.md")
    return notifying.send(node, agreement_id, visit_case.REQUEST, asked.as_json(), by)


def answer(
    node: Node,
    prefix: str,
    word: Word,
    by: Principal,
    office: str | None = None,
    words: str | None = None,
    days: tuple[date, date] | None = None,
) -> str:
    """Answers a request, or takes ours back; the case's id. `days`: fewer than were asked for.

    Raises `Refused` with the article where the text bars an approval, for an office that may not, and for the person
    who made the request.
    """
    case = one_case(node, prefix).case
    text = agreements.held(node, case.agreement.id).at(node.clock())
    first, last = days if days is not None else (None, None)
    named = office or _office(node, text, case, word)
    said = Answer(case.id, word, named, ("-",), words, first, last)
    if not case.live or (case.state is State.APPROVED and word is not Word.WITHDRAWN):
        raise Refused(f"the visit {case.id[:12]} is {case.state} already", f"comity visits show {case.id[:12]}")
    able = visit_case.offices(text, node.party)
    if named not in able and not (named == case.by == node.party and word is Word.WITHDRAWN):
        raise Refused(f"{text.ref} does not let {named} decide on visits for {node.party}", f"--as {' or '.join(able)}")
    if word is Word.APPROVED:
        if case.by == node.party and by.id == _maker(node, case):
            raise Refused(f"{by.id} made this request: another person approves it for {node.party}", "--by WHO")
        if articles := barred(case, said, text, node.party, node.clock()):
            raise Refused(f"{', '.join(map(bare, articles))} bars this visit", f"comity visits show {case.id[:12]}")
    said = replace(said, cites=_cites(node, text, case, said))
    notifying.send(node, case.agreement.id, visit_case.ANSWER, said.as_json(), by)
    return case.id


def register(node: Node, agreement_id: str | None = None) -> list[Listed]:
    """Every visit asked for by us and of us, the next first day first."""
    names = agreements.agreement_ids(node) if agreement_id is None else [agreement_id]
    found = [one for name in names for one in _under(node, name)]
    return sorted(found, key=lambda one: (one.case.request.first, one.case.made, one.case.id))


def one_case(node: Node, prefix: str) -> Listed:
    """The visit whose id begins so. Raises `Absent` for none, `Malformed` for more than one."""
    found = [one for one in register(node) if prefix and one.case.id.startswith(prefix)]
    if not found:
        raise Absent(f"there is no visit {prefix!r}", "`comity visits list` lists them")
    if len(found) > 1:
        raise Malformed(f"{prefix!r} means {len(found)} visits; give more of the id")
    return found[0]


def show(node: Node, prefix: str) -> Shown:
    """A visit with the words of its articles: those that decide now, else those of its last answer."""
    listed = one_case(node, prefix)
    case = listed.case
    text = agreements.held(node, case.agreement.id).at(node.clock())
    cites = {bare(one) for one in listed.decision.articles} if listed.decision is not None else set()
    answered = {cite for one in case.answers if isinstance(one.body, Answer) for cite in one.body.cites}
    articles = tuple(term for term in text.terms if term.article in cites | answered)
    return Shown(listed, articles, visit_case.offices(text, node.party))


def _under(node: Node, agreement_id: str) -> list[Listed]:
    now = node.clock()
    held = agreements.held(node, agreement_id)
    with node.house.reader() as house:
        papers = papers_under(node, house, held.versions)
    found: list[Listed] = []
    for case in visit_case.cases(papers, held.versions, now):
        over = not case.live or case.when is visit_case.When.PAST
        decided = None if over else visit_case.decisions(held.at(now), case, case.approved, now)[0]
        found.append(Listed(case, decided))
    return found


def _foreseen(node: Node, text: Agreement, asked: Request) -> Decision | None:
    """What the text says of it before anybody approved; `None` where it has no word on visits."""
    if not visit_case.articles(text):
        return None
    now = node.clock()
    case = VisitCase(
        id="",
        state=State.ASKED,
        when=visit_case.When.UPCOMING,
        agreement=text.ref,
        by=node.party,
        host=agreements.partner_of(node, text),
        request=asked,
        made=now,
        came=now,
    )
    return visit_case.decisions(text, case, (), now)[0]


def _cites(node: Node, text: Agreement, case: VisitCase, said: Answer) -> tuple[str, ...]:
    """The articles by which it is answered: what decides with this approval in it, else what the request meets."""
    now, given = node.clock(), case.approved
    if said.word is Word.APPROVED:
        given = (*given, (node.party, now))
    less = replace(case, request=visit_case.as_approved(case.request, said))
    own = {term.article for term in text.terms}
    decided = [bare(one) for one in visit_case.decisions(text, less, given, now)[0].articles]
    visits = [term.article for term in visit_case.articles(text)]
    found = [article for article in decided if article in own]
    if not set(found) & set(visits):
        found = [*found, *visits[:1]]
    if not found:
        raise Refused(f"{text.ref} has no article on visits", "a visit is agreed on outside this node")
    return tuple(dict.fromkeys(found))


def _office(node: Node, text: Agreement, case: VisitCase, word: Word) -> str:
    """The one office that can be meant. Raises `Malformed` where there are several."""
    if word is Word.WITHDRAWN and case.by == node.party:
        return node.party
    able = visit_case.offices(text, node.party)
    if len(able) != 1:
        raise Malformed(f"{text.ref} lets several offices answer", f"--as {' or '.join(able)}")
    return able[0]


def _maker(node: Node, case: VisitCase) -> str | None:
    """In whose name the request was made here."""
    with node.house.reader() as house:
        told = notifying.notices(node, house, case.agreement.id, visit_case.REQUEST)
        made = next((one.notice.digest for one in told if one.notice.id == case.id), None)
        return None if made is None else house.kept_by(made)


def _said(decision: Decision) -> str:
    return ", ".join(bare(one) for one in decision.articles)


def _codes(decision: Decision) -> str:
    barring: Sequence[str] = [one.code for one in decision.findings if one.outcome is Outcome.DENY]
    return ", ".join(dict.fromkeys(barring))
