"""Which consents count for one thing: the right giver's, unrevoked, about this thing, never inherited unasked.

Recipient, purpose, act and time are for the rules to read in the fact; a consent that fails here is no fact at all.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from comity.agreement.instrument import Agreement
from comity.labels.equivalence import Equivalence, neutral_rank
from comity.release.consent import LOWERING, Derived, Form, Grant, Things
from comity.release.facts import Consent
from comity.release.standing import covers_kind
from comity.release.subject import Subject


@dataclass(frozen=True, slots=True)
class Permission:
    """A verified grant that nobody revoked: its notice's id, and the agreement under which it was signed."""

    id: str
    agreement: str
    grant: Grant


def speaker(text: Agreement, giver: str) -> str | None:
    """The party whose key signs for `giver`: itself, or the one whose authority or committee the text lets consent."""
    if giver in text.party_ids:
        return giver
    for authority in text.authorities:
        if authority.id == giver:
            return authority.party if "consent" in authority.may else None
    for term in text.of("competent-authorities"):
        named = term.params.get("authorities")
        for party, name in dict(named or {}).items() if isinstance(named, Mapping) else ():
            if giver in (f"{party}-{name}", name) and giver.startswith(f"{party}-") and party in text.party_ids:
                return str(party)
    return None


def counted(
    permissions: Iterable[Permission], subject: Subject, handle: str | None, table: Equivalence
) -> frozenset[Consent]:
    """The facts that a question about `subject` may rest on. `handle` names the thing where a partner released it."""
    facts = set()
    for one in permissions:
        parts = _parts(one.grant, subject, handle, table)
        if parts != frozenset():
            facts.add(_fact(one, parts))
    return frozenset(facts)


def _parts(grant: Grant, subject: Subject, handle: str | None, table: Equivalence) -> frozenset[str] | None:
    """`None` for the whole of it, the sources it was given for, or an empty set: not about this."""
    scope, made_from = grant.scope, frozenset(name for name, _ in subject.sources)
    if scope.things is not None:
        if not covers(scope.things, grant.giver, subject, table):
            return frozenset()
        if scope.derived is Derived.ONLY:
            return made_from
        return None if scope.derived is Derived.ALSO or not made_from else frozenset()
    if scope.handle is None:
        return frozenset()
    if scope.handle == handle:
        return frozenset() if scope.derived is Derived.ONLY else None
    return frozenset() if scope.derived is Derived.NEVER else made_from & {scope.handle}


def covers(things: Things, giver: str, subject: Subject, table: Equivalence) -> bool:
    """Whether a class holds this subject, on every axis; a level that cannot be placed is outside it."""
    if not any(covers_kind(pattern, subject.kind) for pattern in things.kinds):
        return False
    if any(label.tlp is not None and label.tlp > things.up_to_tlp for label in subject.origins):
        return False
    marks = [(label.origin, label.level) for label in subject.origins if label.level is not None]
    if things.up_to_level is None or not marks:
        return not marks
    native = table.find(giver, things.up_to_level)
    ceiling = table.rank(giver, things.up_to_level) if native else neutral_rank(things.up_to_level)
    return all(table.find(*mark) and table.rank(*mark) <= ceiling for mark in marks)


def _fact(one: Permission, parts: frozenset[str] | None) -> Consent:
    grant, scope = one.grant, one.grant.scope
    words = (*grant.conditions, *((f"form of use: {scope.use}",) if scope.use is not None else ()))
    return Consent(
        by=grant.giver,
        scope=f"{scope.act}:{scope.level}" if scope.act in LOWERING else scope.act,
        on=grant.valid_from,
        written=grant.form is Form.WRITTEN,
        until=grant.valid_until,
        id=one.id,
        agreement=one.agreement,
        to=frozenset({scope.recipient}),
        purposes=frozenset({scope.purpose}),
        parts=parts,
        conditions=words,
    )


def permissions_for(permissions: Collection[Permission], handles: Collection[str]) -> tuple[Permission, ...]:
    """Those of `permissions` that may say something of these handles: about one of them, or about a class."""
    return tuple(one for one in permissions if one.grant.scope.handle is None or one.grant.scope.handle in handles)
