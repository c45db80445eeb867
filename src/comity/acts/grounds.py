"""What an answer rests on beyond the class of a thing: other texts that bind it, consents, what the partner holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from comity.acts import agreements, events
from comity.acts.agreements import Held
from comity.acts.consents import papers_under
from comity.acts.node import Node
from comity.acts.noticed import read_notices
from comity.acts.ports import AgreementReader, HouseReader
from comity.agreement.dates import instant_of
from comity.agreement.events import counts, moment_of
from comity.agreement.instrument import Agreement, AgreementRef, Term
from comity.agreement.life import State, status_at
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.records import Record
from comity.release import aggregation, consent_case, relation, waiver
from comity.release.facts import Consent, Facts
from comity.release.permission import Permission, counted
from comity.release.question import Subject


@dataclass(frozen=True, slots=True)
class Came:
    """From which partner a thing came, and its handle where a consent speaks of it. Our own came from nobody."""

    source: str
    handle: str | None


@dataclass(frozen=True, slots=True)
class Consents:
    """What was consented to under one text: by handle, and under `None` by class."""

    text: Agreement
    by_handle: Mapping[str | None, tuple[Permission, ...]]


@dataclass(frozen=True, slots=True)
class Grounds:
    """`bound` are the other texts under which each partner gives. `notices` are the log's names of the consents in
    them: where the log meets one, everything not released is asked again. `sets` and `counts` are empty where the text
    has no aggregation term."""

    texts: Mapping[AgreementRef, Agreement]
    bound: Mapping[str, frozenset[AgreementRef]] = field(default_factory=dict)
    protecting: Mapping[AgreementRef | None, frozenset[AgreementRef]] = field(default_factory=dict)
    """The texts under whose protection each text puts what crosses under it; under `None` those of the one asked."""
    status: Mapping[AgreementRef, str] = field(default_factory=dict)
    consents: tuple[Consents, ...] = ()
    freed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Who let us go of what we owe for one thing, by its handle."""
    notices: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    sets: tuple[Term, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    def came(self, record: Record) -> Came | None:
        """What of its record an answer can turn on; the same for all that can have the same answer."""
        if record.source not in self.partners:
            return None
        spoken = record.handle in self.freed or any(
            record.handle in one.by_handle and record.source in one.text.party_ids for one in self.consents
        )
        return Came(record.source, record.handle if spoken else None)

    def bound_by(self, subject: Subject, came: Came | None) -> frozenset[AgreementRef]:
        """The texts under which any of its origins gives, the one under which it came, and those that protect it by
        reference."""
        if not self.bound and not self.protecting:
            return frozenset()
        whose = subject.originators | ({came.source} if came is not None else set())
        own = {ref for party in whose for ref in self.bound.get(party, ())}
        also = (self.protecting.get(ref, frozenset()) for ref in (None, *own))
        return frozenset(own.union(*also))

    def status_key(self, own: str, bound: frozenset[AgreementRef]) -> str:
        """The status of every text that is asked, as it is known now."""
        return ";".join([own, *(f"{ref}={self.status[ref]}" for ref in sorted(bound))])

    def facts(self, plain: Facts, subject: Subject, came: Came | None, text: Agreement) -> Facts:
        """`plain`, and what is consented to and held where it can matter."""
        if self.sets:
            plain = replace(plain, holdings=aggregation.holdings(self.concerned(subject, text), self.counts))
        if came is not None and (freed := self.freed.get(came.handle or "")):
            plain = replace(plain, released_by=plain.released_by | (freed & {came.source}))
        return self.consented(plain, subject, came)

    def consented(self, plain: Facts, subject: Subject, came: Came | None) -> Facts:
        """`plain`, and what is consented to where it can matter."""
        if not self.consents:
            return plain
        given = (fact for one in self.consents for fact in _facts(one, subject, came))
        return replace(plain, consents=plain.consents | frozenset(given))

    def counting(self, counts: Mapping[str, int]) -> "Grounds":
        """The same with what is held at another time."""
        return replace(self, counts=dict(counts)) if self.sets else self

    def concerned(self, subject: Subject, text: Agreement) -> tuple[Term, ...]:
        """The sets to which this belongs."""
        return tuple(term for term in self.sets if aggregation.belongs(term, subject, text.equivalence))


def gather(node: Node, house: HouseReader, held: Held, partner: str, reader: AgreementReader) -> Grounds:
    """The grounds of every question under this agreement, now."""
    now = node.clock()
    text = held.at(now)
    others = [agreements.held_in(node, house, one) for one in agreements.ids_in(house) if one != text.id]
    given = {one.at(now).ref: one for one in (held, *others)}
    bound: dict[str, set[AgreementRef]] = {}
    newest = [one.at(now) for one in given.values()]
    protecting = {one.ref: relation.closure(one, newest, now) - {text.ref} for one in newest}
    named = frozenset(ref for refs in protecting.values() for ref in refs)
    status: dict[AgreementRef, str] = {}
    consents: list[Consents] = []
    notices: set[str] = set()
    freed: dict[str, frozenset[str]] = {}
    for ref, one in given.items():
        own = one.at(now)
        state = status_at(own, now).state
        signed = state is State.SIGNED
        if ref != text.ref and (not signed or ref in named):
            status[ref] = state.value
            notices |= _events(node, house, one)
        if ref != text.ref and not signed:
            bound.setdefault(agreements.partner_of(node, own), set()).add(ref)
        for handle, by in _freed(own, now):
            freed[handle] = freed.get(handle, frozenset()) | {by}
        papers, digests = papers_under(node, house, one.versions)
        notices |= digests
        if known := consent_case.permissions(papers, own):
            consents.append(Consents(own, _by_handle(known)))
    sets = aggregation.terms(text, now)
    return Grounds(
        texts={ref: version for one in given.values() for ref, version in one.versions.items()},
        bound={party: frozenset(refs) for party, refs in bound.items()},
        protecting={None if ref == text.ref else ref: refs for ref, refs in protecting.items() if refs},
        status=status,
        consents=tuple(consents),
        freed=freed,
        notices=frozenset(notices),
        partners=frozenset(agreements.partner_of(node, one.newest) for one in given.values()),
        sets=sets,
        counts=_counts(sets, text, partner, reader) if sets else {},
    )


def gather_all(node: Node, house: HouseReader) -> Grounds:
    """The grounds of questions under no agreement of their own: every text by which something came binds it, now."""
    now = node.clock()
    every = [agreements.held_in(node, house, one) for one in agreements.ids_in(house)]
    bound: dict[str, set[AgreementRef]] = {}
    status: dict[AgreementRef, str] = {}
    consents: list[Consents] = []
    notices: set[str] = set()
    for one in every:
        text = one.at(now)
        state = status_at(text, now).state
        if state is not State.SIGNED:
            status[text.ref] = state.value
            bound.setdefault(agreements.partner_of(node, text), set()).add(text.ref)
        papers, digests = papers_under(node, house, one.versions)
        notices |= digests | _events(node, house, one)
        if known := consent_case.permissions(papers, text):
            consents.append(Consents(text, _by_handle(known)))
    return Grounds(
        texts={ref: version for one in every for ref, version in one.versions.items()},
        bound={party: frozenset(refs) for party, refs in bound.items()},
        status=status,
        consents=tuple(consents),
        notices=frozenset(notices),
        partners=frozenset(agreements.partner_of(node, one.newest) for one in every),
    )


def _facts(given: Consents, subject: Subject, came: Came | None) -> frozenset[Consent]:
    handle = came.handle if came is not None and came.source in given.text.party_ids else None
    wanted = (None, *((handle,) if handle is not None else ()), *(name for name, _ in subject.sources))
    near = [one for name in dict.fromkeys(wanted) for one in given.by_handle.get(name, ())]
    return counted(near, subject, handle, given.text.equivalence)


def _events(node: Node, house: HouseReader, held: Held) -> set[str]:
    """What tells of another text's life: what it bars may have changed."""
    found = (one.notice for one in read_notices(house, node.notices, held.versions))
    return {one.digest for one in found if one.kind in (events.EVENT, events.OBJECTION)}


def _freed(text: Agreement, now: datetime) -> Iterator[tuple[str, str]]:
    """Each single thing, by handle, from whose duties its originator has let the other go."""
    for event in text.life.events:
        if event["kind"] != "released-from-duty" or not counts(event) or instant_of(moment_of(event)) > now:
            continue
        try:
            meant = waiver.read(None if event.get("scope") is None else str(event["scope"]))
        except Malformed:
            continue
        if meant.name is not None:
            yield meant.name, str(event["by"])


def _by_handle(known: Sequence[Permission]) -> dict[str | None, tuple[Permission, ...]]:
    found: dict[str | None, tuple[Permission, ...]] = {}
    for one in known:
        found[one.grant.scope.handle] = (*found.get(one.grant.scope.handle, ()), one)
    return found


def _counts(sets: Sequence[Term], text: Agreement, partner: str, reader: AgreementReader) -> dict[str, int]:
    """How many live releases to the partner belong to each set, by article."""
    counts = dict.fromkeys((term.article for term in sets), 0)
    for did, count in reader.release_counts(partner).items():
        row = reader.decision(did)
        if row is None:
            continue
        subject = Subject.from_json(strictjson.parse(row.body)["question"]["subject"])
        for term in sets:
            if aggregation.belongs(term, subject, text.equivalence):
                counts[term.article] += count
    return counts
