"""What one's own people may see: the house's own rules, and the terms under which a partner gave it.

The national instrument is no text between two parties. It permits by the collection that the house defined, which is
cited, and bars by the axes of the label (DECISIONS 1): unknown is not shown. What came under agreements is asked of
each of them too, as an access by our own reader; then the party's private rules are asked; the strictest wins.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from comity.agreement.instrument import Agreement, AgreementRef
from comity.labels.equivalence import fold
from comity.labels.label import ALL, OriginLabel, Tlp
from comity.release.decide import decide
from comity.release.decision import Decision, cited
from comity.release.kind import Removals
from comity.release.policy import Policy, said, under
from comity.release.policyview import seen_inside
from comity.release.question import Finding, Outcome, Question
from comity.release.reader import Clearance, OrgReader, PersonReader

HOUSE = "house:1"
SERVICE = "government"
OWN_CAVEATS = "NO CONTRACTORS"


@dataclass(frozen=True, slots=True)
class Own:
    """What such an answer rests on beside its question: `cite` names what defines the audience, `tables` the texts
    that order our own levels."""

    cite: str
    tables: frozenset[AgreementRef]


def decide_access(
    question: Question, texts: Mapping[AgreementRef, Agreement], own: Own, now: datetime, policy: Policy | None = None
) -> Decision:
    """The answer at `now`. `question.bound_by` are the texts under which any of it was received. Raises `ValueError`
    for another policy than the question names."""
    if question.policy != (None if policy is None else policy.key):
        raise ValueError("a question asked under one policy cannot be answered under another")
    origins = question.bound_by
    ordering = [texts[ref] for ref in sorted(own.tables)]
    findings = list(_own(question, origins, texts, ladder_of(question.reader.party, ordering), now))
    decisions = [
        decide(replace(question, agreement=ref, bound_by=origins - {ref}), texts, now) for ref in sorted(origins)
    ]
    findings += [one for each in decisions for one in each.findings if one.outcome is not Outcome.ALLOW]
    worst = max((one.outcome for one in decisions), default=Outcome.ALLOW)
    outcome = max([worst, *(one.outcome for one in findings)])
    if outcome is Outcome.ALLOW:
        findings = [Finding("cleared", own.cite, Outcome.ALLOW)]
    bounds = [one.good_until for one in decisions if one.good_until is not None]
    if isinstance(question.reader, PersonReader | OrgReader) and (held := _held(question.reader)) is not None:
        bounds += [held.valid_until] if held.valid_until is not None and held.valid_until > now else []
    found = tuple(dict.fromkeys(findings))
    decision = Decision(
        outcome=outcome,
        findings=found,
        articles=cited(found, outcome),
        consent_from=(),
        obligations=(),
        effective_level={},
        removals=Removals(),
        made_at=now,
        good_until=min(bounds, default=None),
    )
    if policy is None or outcome is Outcome.DENY:
        return decision
    tables = [one.equivalence for one in ordering]
    return under(decision, said(policy, partial(seen_inside, question, tables)))


def _own(
    question: Question,
    origins: frozenset[AgreementRef],
    texts: Mapping[AgreementRef, Agreement],
    ladder: Sequence[str],
    now: datetime,
) -> Iterator[Finding]:
    """Every axis of every origin label, and every mark that is no label."""
    party, subject = question.reader.party, question.subject
    spoken = {one for ref in origins if ref in texts for one in texts[ref].party_ids}
    for label in sorted(subject.origins, key=str):
        yield from _reach(label, question)
        if label.origin == party or label.origin not in spoken:
            yield from _level(label, question, ladder, now)
            yield from _caveats(label, question)
    if subject.marking is not None and not origins:
        yield _bar("marking-unknown", marking=subject.marking)
    yield from (_bar("text-missing", agreement=str(ref)) for ref in sorted(origins - texts.keys()))


def _level(label: OriginLabel, question: Question, ladder: Sequence[str], now: datetime) -> Iterator[Finding]:
    """A level of ours against the reader's clearance. Nobody can place a stranger's."""
    if label.level is None:
        return
    places = {fold(name): place for place, name in enumerate(ladder)}
    needed = places.get(fold(label.level)) if label.origin == question.reader.party else None
    reader = question.reader
    held = _held(reader) if isinstance(reader, PersonReader | OrgReader) else None
    if needed is None:
        yield _bar("level-not-in-table", level=label.level)
    elif held is None or held.party != reader.party:
        yield _bar("no-clearance", level=label.level)
    elif held.valid_until is not None and held.valid_until <= now:
        yield _bar("clearance-expired", level=label.level)
    elif places.get(fold(held.level), -1) < needed:
        yield _bar("clearance-too-low", level=label.level)


def _reach(label: OriginLabel, question: Question) -> Iterator[Finding]:
    """TLP 2.0 and REL TO. RED is for named individuals, and a collection is none; AMBER+STRICT stays in the service."""
    reader = question.reader
    if label.tlp is Tlp.RED or (label.tlp in (Tlp.AMBER, Tlp.AMBER_STRICT) and reader.kind != SERVICE):
        yield _bar("tlp-too-narrow", tlp=label.tlp.text)
    listed = label.rel_to not in (None, ALL)
    if listed and label.origin != reader.party and reader.party not in (label.rel_to or ()):
        yield _bar("not-releasable-to", origin=label.origin, to=reader.party)


def _caveats(label: OriginLabel, question: Question) -> Iterator[Finding]:
    """Read by the same grammar as a partner's: a caveat that nobody understands bars."""
    reader = question.reader
    for text in sorted(label.caveats):
        if text == OWN_CAVEATS:
            if reader.kind != SERVICE or reader.contractor is not None:
                yield _bar("caveat-no-contractors", caveat=text)
            continue
        prefix = next((one for one in ("EYES ONLY ", "RELEASABLE TO ", "REL TO ") if text.startswith(one)), None)
        if prefix is None:
            yield _bar("caveat-unknown", caveat=text)
            continue
        named = set(text.removeprefix(prefix).replace(",", " ").replace("-", " ").split())
        passes = reader.nationality & named if prefix == "EYES ONLY " else {reader.party} & (named | {label.origin})
        if not passes:
            yield _bar("caveat-nationality", caveat=text)


def _held(reader: PersonReader | OrgReader) -> Clearance | None:
    if isinstance(reader, PersonReader):
        return reader.clearance
    return None if reader.contractor is None else reader.contractor.facility_clearance


def _bar(code: str, **params: str) -> Finding:
    return Finding(code, HOUSE, Outcome.DENY, tuple(sorted(params.items())))


def ladder_of(party: str, texts: Sequence[Agreement]) -> tuple[str, ...]:
    """Our own levels, lowest first, as every text that we signed orders them; none where two of them disagree."""
    longest: tuple[str, ...] = ()
    for text in texts:
        names = tuple(text.levels.get(party, ()))
        if len(names) > len(longest):
            longest = names
    order = {fold(name): place for place, name in enumerate(longest)}
    for text in texts:
        places = [order.get(fold(name)) for name in text.levels.get(party, ())]
        if None in places or places != sorted(places, key=lambda place: -1 if place is None else place):
            return ()
    return longest
