"""Where each consent stands: asked, granted, refused, expired, revoked. Folded from signed papers in any order."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from comity.agreement.instrument import Agreement
from comity.release.consent import Ending, Grant, Request, Scope
from comity.release.permission import Permission, speaker

REQUEST, GRANT, REFUSAL, REVOCATION = "consent-request", "consent", "consent-refusal", "consent-revocation"
"""The kinds of notice that carry them."""

ASKED, GRANTED, REFUSED, EXPIRED, REVOKED = "asked", "granted", "refused", "expired", "revoked"


@dataclass(frozen=True, slots=True)
class Paper:
    """One verified notice: who signed it, under which agreement, when by its signer's clock."""

    kind: str
    id: str
    signer: str
    agreement: str
    made: datetime
    body: Request | Grant | Ending


@dataclass(frozen=True, slots=True)
class ConsentCase:
    """One request with its answer, or one standing consent. `id` is the request's, else the consent's.

    `asked_by` is `None` for a standing consent; `giver` is `None` while nobody has given it. `consent` is the id of the
    grant that counts, or counted last.
    """

    id: str
    state: str
    agreement: str
    scope: Scope
    made: datetime
    asked_by: str | None
    signed_by: str | None = None
    giver: str | None = None
    consent: str | None = None
    until: datetime | None = None
    conditions: tuple[str, ...] = ()
    reason: str | None = None


def cases(papers: Collection[Paper], now: datetime) -> tuple[ConsentCase, ...]:
    """Every case, the newest last."""
    asked = [one for one in papers if isinstance(one.body, Request)]
    requests = {one.id for one in asked}
    alone = [one for one in papers if isinstance(one.body, Grant) and one.body.request not in requests]
    found = [*(_asked(one, papers, now) for one in asked), *(_given(one, None, papers, now) for one in alone)]
    return tuple(sorted(found, key=lambda case: (case.made, case.id)))


def permissions(papers: Collection[Paper], text: Agreement) -> tuple[Permission, ...]:
    """Every grant under `text` by who may give it and that nobody revoked, in the order of their ids.

    Only who signed a grant can revoke it.
    """
    return tuple(
        Permission(one.id, one.agreement, one.body)
        for one in sorted(papers, key=lambda one: one.id)
        if isinstance(one.body, Grant)
        and one.agreement == text.id
        and speaker(text, one.body.giver) == one.signer
        and _end(one, REVOCATION, papers) is None
    )


def _asked(paper: Paper, papers: Collection[Paper], now: datetime) -> ConsentCase:
    assert isinstance(paper.body, Request)
    answers = [
        _given(one, paper, papers, now)
        for one in papers
        if isinstance(one.body, Grant) and one.body.request == paper.id and _answers(one, paper)
    ]
    if answers:
        return max(answers, key=lambda case: (case.state == GRANTED, case.until, case.consent))
    refusal = _end(paper, REFUSAL, papers)
    until = paper.body.until
    state = REFUSED if refusal else EXPIRED if until is not None and until <= now else ASKED
    return ConsentCase(
        id=paper.id,
        state=state,
        agreement=paper.agreement,
        scope=paper.body.scope,
        made=paper.made,
        asked_by=paper.signer,
        until=until,
        reason=_reason(refusal) if refusal else paper.body.reason,
    )


def _given(paper: Paper, request: Paper | None, papers: Collection[Paper], now: datetime) -> ConsentCase:
    grant = paper.body
    assert isinstance(grant, Grant)
    revoked = _end(paper, REVOCATION, papers)
    return ConsentCase(
        id=paper.id if request is None else request.id,
        state=REVOKED if revoked else EXPIRED if grant.valid_until <= now else GRANTED,
        agreement=paper.agreement,
        scope=grant.scope,
        made=paper.made if request is None else request.made,
        asked_by=None if request is None else request.signer,
        signed_by=paper.signer,
        giver=grant.giver,
        consent=paper.id,
        until=grant.valid_until,
        conditions=grant.conditions,
        reason=None if revoked is None else _reason(revoked),
    )


def _end(paper: Paper, kind: str, papers: Iterable[Paper]) -> Paper | None:
    """What refused this request or revoked this consent: only by the party whose it is to say."""
    for one in papers:
        ends = one.kind == kind and isinstance(one.body, Ending) and one.body.of == paper.id
        if ends and one.agreement == paper.agreement:
            if kind == REVOCATION and one.signer == paper.signer:
                return one
            if kind == REFUSAL and one.signer != paper.signer:
                return one
    return None


def _answers(grant: Paper, request: Paper) -> bool:
    return grant.agreement == request.agreement and grant.signer != request.signer


def _reason(paper: Paper) -> str | None:
    return paper.body.reason if isinstance(paper.body, Ending) else None
