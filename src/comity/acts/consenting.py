"""Consent between nodes: asked of the originator under the text a thing came by, granted, refused, taken back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from comity.acts import agreements, notifying
from comity.acts.consents import papers_under
from comity.acts.finding import found
from comity.acts.node import Node, kind_named
from comity.acts.ports import AgreementReader, HouseReader
from comity.acts.sending import IN
from comity.agreement.instrument import Term
from comity.agreement.vocabulary import KINDS
from comity.core import strictjson
from comity.core.errors import Absent, Malformed, Refused
from comity.labels.label import Label
from comity.records import Principal, Record, ReleaseRow
from comity.release import consent_case
from comity.release.consent import Derived, Ending, Form, Grant, Request, Scope
from comity.release.consent_case import ASKED, GRANTED, ConsentCase
from comity.release.kind import Summary
from comity.release.permission import speaker
from comity.release.question import Subject

PAGE = 1000
DEFAULT = timedelta(days=30)
"""For how long a consent holds where neither the request nor the giver says."""


@dataclass(frozen=True, slots=True)
class Giver:
    """Whom to ask, under which agreement, about which thing of theirs; `derived`: it is in what was made from it."""

    party: str
    agreement: str
    handle: str
    derived: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A case for people: what it is about here, the articles that ask for the consent, and what was released by it."""

    case: ConsentCase
    record: Record | None
    summary: Summary | None
    label: Label | None
    articles: tuple[Term, ...]
    releases: tuple[tuple[str, ReleaseRow], ...]
    """Releases of ours that rest on it, each with its agreement."""


def givers(node: Node, record: Record) -> tuple[Giver, ...]:
    """Every partner whose information is in it, by what each released to us.

    Raises `Refused` where somebody's is in it who released nothing of it to us: nobody can be asked for them here.
    """
    with node.house.reader() as house:
        subject = Subject.from_json(strictjson.parse(record.class_canonical.encode(), "a record's class"))
        partners = _partners(node, house)
        parts = [(record.source, record.handle, subject.originators - _in_sources(subject), False)]
        for name, label in subject.sources:
            known = house.by_handle(name)
            parts.append(("" if known is None else known.source, name, label.parties, True))
    said = {one.origin for one in subject.origins if not one.public} | subject.owners
    free = {one.origin for one in subject.origins} - said
    asked: list[Giver] = []
    for source, handle, whose, derived in parts:
        if strangers := sorted(whose - free - {node.party, source}):
            raise Refused(
                f"{strangers[0]} released nothing of this to {node.party}, so it cannot be asked from here",
                f"ask {source or 'whoever gave it'} to ask {strangers[0]}",
            )
        if handle is not None and source in whose - free and source in partners:
            asked.append(Giver(source, _received_under(node, partners[source], handle), handle, derived))
    return tuple(dict.fromkeys(asked))


def ask(node: Node, text: str, scope: Scope, by: Principal, until: datetime | None, reason: str | None) -> list[str]:
    """Asks every giver of a record for its consent; the requests' ids.

    `scope.handle` is not read: each giver is asked about its own. Raises `Refused` where nobody need be asked.
    """
    record = found(node, text)
    wanted = [one for one in givers(node, record) if one.party != scope.to]
    if not wanted:
        raise Refused(f"record {record.rid[:12]} holds nobody's information but our own: nobody need be asked")
    requests = [
        (one, Request(replace(scope, handle=one.handle, derived=_derived(scope, one)), until, reason)) for one in wanted
    ]
    return [
        notifying.send(node, one.agreement, consent_case.REQUEST, request.as_json(), by) for one, request in requests
    ]


def grant(node: Node, prefix: str, by: Principal, terms: Grant) -> str:
    """Grants what was asked of us: `terms` says giver, time, form and conditions, and its scope is the request's."""
    case = _asked_of_us(node, prefix, (ASKED, consent_case.REFUSED))
    return give(node, case.agreement, replace(terms, scope=case.scope, request=case.id), by)


def give(node: Node, agreement_id: str, terms: Grant, by: Principal) -> str:
    """Signs a consent, in answer or standing. Raises `Refused` for a giver for whom this party does not speak."""
    text = agreements.held(node, agreement_id).at(node.clock())
    if speaker(text, terms.giver) != node.party:
        raise Refused(
            f"{text.ref} does not let {node.party} consent for {terms.giver}", "comity agreement show names who may"
        )
    if terms.valid_until <= node.clock():
        raise Refused("a consent that is over already opens nothing", "--until takes a day to come")
    return notifying.send(node, agreement_id, consent_case.GRANT, terms.as_json(), by)


def refuse(node: Node, prefix: str, by: Principal, reason: str | None) -> str:
    """Refuses what was asked of us. The asker learns that; to everybody else it is as if nobody had answered."""
    case = _asked_of_us(node, prefix, (ASKED,))
    return notifying.send(node, case.agreement, consent_case.REFUSAL, Ending(case.id, reason).as_json(), by)


def revoke(node: Node, prefix: str, by: Principal, reason: str | None) -> str:
    """Takes a consent of ours back; nothing more goes by it once the other side has the notice."""
    case = one_case(node, prefix)
    if case.signed_by != node.party or case.consent is None:
        raise Refused(f"{case.id[:12]} is no consent of ours", "only who gave a consent can take it back")
    if case.state != GRANTED:
        raise Refused(f"the consent {case.id[:12]} is {case.state} already")
    return notifying.send(node, case.agreement, consent_case.REVOCATION, Ending(case.consent, reason).as_json(), by)


def cases(node: Node, agreement_id: str | None = None) -> list[ConsentCase]:
    """Every request and standing consent, ours and our partners', the newest last."""
    chosen = agreements.agreement_ids(node) if agreement_id is None else [agreement_id]
    with node.house.reader() as house:
        papers = [paper for one in chosen for paper in papers_under(node, house, agreements.texts(house, one))[0]]
    return list(consent_case.cases(papers, node.clock()))


def one_case(node: Node, prefix: str) -> ConsentCase:
    """The case whose id, or whose consent's id, begins so. Raises `Absent` for none, `Malformed` for more than one."""
    some = [case for case in cases(node) if case.id.startswith(prefix) or (case.consent or "").startswith(prefix)]
    if not some:
        raise Absent(f"there is no consent or request {prefix!r}", "`comity consent list` lists them")
    if len(some) > 1:
        raise Malformed(f"{prefix!r} means {len(some)} of them; give more of the id")
    return some[0]


def show(node: Node, prefix: str) -> Shown:
    """A case with what it is about: at the giver's the thing it released by this handle, at the asker's what came."""
    case = one_case(node, prefix)
    text = agreements.held(node, case.agreement).at(node.clock())
    articles = tuple(
        term
        for term in text.terms
        if "consent" in str(term.params.get("requires")) and case.scope.act in KINDS[term.rule].acts
    )
    record = _thing(node, case) if case.scope.handle is not None else None
    summary, label = _described(node, record) if record is not None else (None, None)
    releases = tuple(_resting_on(node, case.consent)) if case.consent is not None else ()
    return Shown(case, record, summary, label, articles, releases)


def terms_of(node: Node, until: datetime | None, giver: str | None, form: Form, conditions: tuple[str, ...]) -> Grant:
    """What a giver says beside the request: from now on, until a day, in a form, on conditions."""
    now = node.clock()
    nothing = Scope("use", node.party, "-", handle="0" * 32)
    return Grant(giver or node.party, nothing, now, until or now + DEFAULT, form, conditions)


def _derived(scope: Scope, giver: Giver) -> Derived:
    """What was made from a thing asks for that and not for the thing itself."""
    return Derived.ONLY if giver.derived and scope.derived is Derived.NEVER else scope.derived


def _asked_of_us(node: Node, prefix: str, states: tuple[str, ...]) -> ConsentCase:
    case = one_case(node, prefix)
    if case.asked_by is None or case.asked_by == node.party:
        raise Refused(f"{case.id[:12]} is no request that a partner made of us")
    if case.state not in states:
        raise Refused(f"the request {case.id[:12]} is {case.state} already")
    return case


def _in_sources(subject: Subject) -> frozenset[str]:
    """Those whose information is in it by its sources only."""
    whole = {party for _, label in subject.portions for party in label.parties} | subject.label.parties
    return frozenset(party for _, label in subject.sources for party in label.parties) - whole - subject.owners


def _partners(node: Node, house: HouseReader) -> dict[str, list[str]]:
    """Each partner's agreements."""
    found: dict[str, list[str]] = {}
    for one in agreements.ids_in(house):
        text = next(iter(agreements.texts(house, one).values()))
        found.setdefault(agreements.partner_of(node, text), []).append(one)
    return found


def _received_under(node: Node, chosen: list[str], handle: str) -> str:
    """Under which of a partner's agreements it released this handle to us: the one whose log of theirs says so."""
    for agreement_id in chosen[:-1]:
        with node.agreements(agreement_id).reader() as reader:
            if any(handle.encode() in raw for raw in _incoming(reader)):
                return agreement_id
    return chosen[-1]


def _incoming(reader: AgreementReader) -> Iterator[bytes]:
    size = reader.log_size(IN)
    for start in range(0, size, PAGE):
        yield from (raw for _, raw in reader.leaves(IN, start, min(size, start + PAGE)))


def _thing(node: Node, case: ConsentCase) -> Record | None:
    """What the handle names here: what we released under this agreement, or what its giver released to us."""
    handle = case.scope.handle or ""
    with node.house.reader() as house:
        if case.asked_by == node.party or (case.asked_by is None and case.signed_by != node.party):
            return house.by_handle(handle)
        with node.agreements(case.agreement).reader() as reader:
            row = reader.release_by_handle(handle)
        return None if row is None else house.record(row.rid)


def _described(node: Node, record: Record) -> tuple[Summary | None, Label]:
    subject = Subject.from_json(strictjson.parse(record.class_canonical.encode(), "a record's class"))
    try:
        with node.house.reader() as house:
            kind = kind_named(node.annexes, record.kind)
            return kind.describe(kind.parse(house.body(record.bid))), subject.label
    except Malformed:
        return None, subject.label


def _resting_on(node: Node, consent: str) -> Iterator[tuple[str, ReleaseRow]]:
    """Every live release whose decision named this consent."""
    for agreement_id in agreements.agreement_ids(node):
        partner = agreements.partner_of(node, agreements.held(node, agreement_id).newest)
        with node.agreements(agreement_id).reader() as reader:
            dids = {did for did in reader.release_counts(partner) if _names(reader, did, consent)}
            after = 0
            while dids and (page := reader.releases(partner, after, PAGE)):
                yield from ((agreement_id, row) for row in page if row.did in dids)
                after = page[-1].seq


def _names(reader: AgreementReader, did: str, consent: str) -> bool:
    row = reader.decision(did)
    findings = [] if row is None else strictjson.parse(row.body)["decision"]["findings"]
    return any(consent in str(one["params"].get("consents", "")).split() for one in findings)
