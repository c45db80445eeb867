"""Where each visit stands: asked, approved, refused, withdrawn, replaced, expired; folded from papers in any order.

Both sides hold the same papers and the same text, so that both find the same.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from whenever import Date

from comity.agreement.clock import Times
from comity.agreement.instrument import Agreement, AgreementRef, Term
from comity.agreement.life import status_at
from comity.agreement.vocabulary import KINDS
from comity.labels.label import Label, OriginLabel
from comity.release import reader as readers
from comity.release.decide import decide
from comity.release.decision import Decision
from comity.release.facts import Approval, Facts, Visit
from comity.release.question import Act, PersonReader, Question, Subject
from comity.release.visit import Answer, Request, Visitor, Word

REQUEST, ANSWER = "visit-request", "visit-answer"
"""The kinds of notice that carry them."""
SUBJECT = "visits"
OFFICE = "approve-visit"


class State(StrEnum):
    ASKED = "asked"
    MORE = "more-wanted"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    AMENDED = "amended"
    """Replaced by a later request, which names it."""
    EXPIRED = "expired"
    """Its last day is over and nobody approved it."""


LIVE = frozenset({State.ASKED, State.MORE, State.APPROVED})


class When(StrEnum):
    UPCOMING = "upcoming"
    CURRENT = "current"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Paper:
    """One verified notice: who signed it, under which version, when by its signer's clock, when it came here."""

    id: str
    signer: str
    agreement: AgreementRef
    made: datetime
    came: datetime
    body: Request | Answer


@dataclass(frozen=True, slots=True)
class VisitCase:
    """One request with its answers, oldest first. `request` has the days that were approved, where they are fewer.

    `approved` maps each party whose authority has approved to when it did. `succeeded_by` is the request that amends
    or renews this one.
    """

    id: str
    state: State
    when: When
    agreement: AgreementRef
    by: str
    host: str
    request: Request
    made: datetime
    came: datetime
    answers: tuple[Paper, ...] = ()
    approved: tuple[tuple[str, datetime], ...] = ()
    succeeded_by: str | None = None

    @property
    def live(self) -> bool:
        return self.state in LIVE


def cases(papers: Collection[Paper], texts: Mapping[AgreementRef, Agreement], now: datetime) -> tuple[VisitCase, ...]:
    """Every visit asked for under one agreement, the next first day first."""
    found = [_case(one, papers, texts[one.agreement], now) for one in papers if isinstance(one.body, Request)]
    return tuple(sorted(found, key=lambda case: (case.request.first, case.made, case.id)))


def decisions(
    text: Agreement, case: VisitCase, approved: Iterable[tuple[str, datetime]], at: datetime
) -> tuple[Decision, ...]:
    """The text's answer at `at` for each visitor, the strictest first."""
    found = [_decided(text, case, visitor, tuple(approved), at) for visitor in case.request.visitors]
    return tuple(sorted(found, key=lambda one: one.outcome, reverse=True))


def offices(text: Agreement, party: str) -> tuple[str, ...]:
    """The offices that approve a visit for `party`: those that the text lets, else its competent authority."""
    able = tuple(one.id for one in text.authorities if one.party == party and OFFICE in one.may)
    return able or (_competent(text, party),)


def approving(text: Agreement, request: Request, host: str) -> frozenset[str]:
    """The parties whose authorities must approve: the host's, and both where the text says so."""
    parties = frozenset(text.party_ids)
    foreign = any(not parties & set(one.nationality) for one in request.visitors)
    for term in text.terms:
        third = term.rule == "visit-third-nationals" and foreign
        both = third or (term.rule == "visit" and term.params.get("consent_from") == "both-authorities")
        if both and term.params.get("consent_from", "both-authorities") == "both-authorities":
            return parties
    return frozenset({host})


def articles(text: Agreement) -> tuple[Term, ...]:
    """The terms on visits: a text without any says nothing by which one could be asked for."""
    return tuple(term for term in text.terms if KINDS[term.rule].subject == SUBJECT)


def particulars(text: Agreement) -> frozenset[str]:
    """What may be said of a visitor: what the text's own lists name, and nothing else of a person."""
    listed = (term.params.get("required_fields") or () for term in text.of("visit-contents"))
    return frozenset(field for fields in listed for field in fields)


def today(text: Agreement, host: str, now: datetime) -> date:
    """The day it is where the visit is."""
    here: Date = Times.of(text, now).calendar(host).day_at(now)
    return here.to_stdlib()


def as_approved(request: Request, answer: Answer) -> Request:
    """The request for the days that an approval names."""
    if answer.first is None or answer.last is None:
        return request
    return replace(request, first=answer.first, last=answer.last)


def _case(paper: Paper, papers: Collection[Paper], text: Agreement, now: datetime) -> VisitCase:
    request = paper.body
    assert isinstance(request, Request)
    (host,) = (party for party in text.party_ids if party != paper.signer)
    answers = tuple(sorted(_answers(paper, papers, host), key=lambda one: one.made))
    for one in answers:
        assert isinstance(one.body, Answer)
        if one.body.word is Word.APPROVED and one.signer == host:
            request = as_approved(request, one.body)
    approved = {one.signer: one.made for one in answers if _word(one) is Word.APPROVED}
    later = _successor(paper, papers)
    here = today(text, host, now)
    state = _state(paper, answers, host, enough=approving(text, request, host) <= approved.keys())
    if later is not None and later[1] and state in LIVE:
        state = State.AMENDED
    if state in (State.ASKED, State.MORE) and request.last < here:
        state = State.EXPIRED
    return VisitCase(
        id=paper.id,
        state=state,
        when=When.UPCOMING if here < request.first else When.PAST if request.last < here else When.CURRENT,
        agreement=paper.agreement,
        by=paper.signer,
        host=host,
        request=request,
        made=paper.made,
        came=paper.came,
        answers=answers,
        approved=tuple(sorted(approved.items())),
        succeeded_by=None if later is None else later[0],
    )


def _answers(paper: Paper, papers: Iterable[Paper], host: str) -> Iterator[Paper]:
    """What was said of it by who may say that: the host all of it, who asked its own approval and withdrawal."""
    for one in papers:
        about = isinstance(one.body, Answer) and one.body.of == paper.id and one.agreement.id == paper.agreement.id
        if about and (one.signer == host or _word(one) in (Word.APPROVED, Word.WITHDRAWN)):
            yield one


def _state(paper: Paper, answers: Collection[Paper], host: str, *, enough: bool) -> State:
    words = {(one.signer, _word(one)) for one in answers}
    if {(paper.signer, Word.WITHDRAWN), (host, Word.WITHDRAWN)} & words:
        return State.WITHDRAWN
    if (host, Word.REFUSED) in words:
        return State.REFUSED
    if enough:
        return State.APPROVED
    said = [one for one in answers if one.signer == host]
    return State.MORE if said and _word(said[-1]) is Word.MORE else State.ASKED


def _successor(paper: Paper, papers: Iterable[Paper]) -> tuple[str, bool] | None:
    """The request of the same side that amends (true) or renews (false) this one."""
    found = [
        (one.id, one.body.amends == paper.id)
        for one in papers
        if isinstance(one.body, Request)
        and one.signer == paper.signer
        and paper.id in (one.body.amends, one.body.renews)
    ]
    return max(found, key=lambda one: (one[1], one[0]), default=None)


def _word(paper: Paper) -> Word | None:
    return paper.body.word if isinstance(paper.body, Answer) else None


def _decided(
    text: Agreement, case: VisitCase, visitor: Visitor, approved: tuple[tuple[str, datetime], ...], at: datetime
) -> Decision:
    request = case.request
    long = request.recurring or request.first != request.last
    visit = Visit(
        host=case.host,
        fields=request.fields | visitor.fields,
        submitted=max(case.made, case.came).date(),
        starts=request.first,
        period=(request.first, request.last) if long else None,
        urgent=request.urgent,
        level=request.level,
        nationality=frozenset(visitor.nationality),
    )
    given = frozenset(Approval(by, on) for party, on in approved for by in (party, _competent(text, party)))
    question = Question(
        agreement=text.ref,
        status_key=status_at(text, at).state.value,
        act=Act.VISIT,
        subject=Subject("visit-request", Label.of(OriginLabel(case.host, level=request.level))),
        reader=PersonReader(
            party=case.by,
            organisation=visitor.entity,
            kind="government",
            nationality=frozenset(visitor.nationality),
            clearance=_clearance(case.by, visitor),
            need_to_know=True,
        ),
        facts=Facts(holder=case.host, visit=visit, approvals=given),
    )
    return decide(question, {text.ref: text}, at)


def _clearance(party: str, visitor: Visitor) -> readers.Clearance | None:
    """It holds through its last day."""
    held = visitor.clearance
    if held is None:
        return None
    end = None if held.until is None else datetime.combine(held.until + timedelta(days=1), time(), UTC)
    return readers.Clearance(party, held.level, end)


def _competent(text: Agreement, party: str) -> str:
    """The competent authority that the text names for `party`, as decisions name it; else the party."""
    for term in text.of("competent-authorities"):
        named = dict(term.params.get("authorities") or {}).get(party)
        if named is not None:
            return str(named) if str(named).startswith(f"{party}-") else f"{party}-{named}"
    return party
