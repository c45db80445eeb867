"""How agreements stand to each other: which of two prevails, where one of them says so, and where both claim to; and
under whose protection a text puts what crosses under it.

Without such a word the strictest of all texts that bind wins. A text is set aside only by words that all its own
parties signed, and only for the act done under the one that prevails; nothing of a third state is ever touched.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from comity.agreement.amendments import kinds_at, terms_at
from comity.agreement.instrument import Agreement, AgreementRef, Term
from comity.release.question import Finding, Outcome

RULE = "comity-relation"
REFERENCE = "protection-by-reference"
THIS, OTHER = "this", "other"


def word(text: Agreement, other: Agreement, now: datetime) -> Term | None:
    """What `text` says at `now` of its relation to `other`, if both bind the same parties."""
    if set(text.party_ids) != set(other.party_ids):
        return None
    terms = terms_at(text, now)
    return next((one for one in terms if one.rule == RULE and one.params.get("agreement") == other.id), None)


def gives_way(text: Agreement, to: Agreement, now: datetime) -> Term | None:
    """The article by which `text` gives way to `to`: its own, or the other's, where the two do not contradict."""
    own, theirs = word(text, to, now), word(to, text, now)
    says = {_prevailing(own, text, to), _prevailing(theirs, to, text)} - {None}
    return (own or theirs) if says == {to.id} else None


def conflict(one: Agreement, other: Agreement, now: datetime) -> tuple[Term, Term] | None:
    """The two articles of which each gives precedence to another text."""
    own, theirs = word(one, other, now), word(other, one, now)
    if own is None or theirs is None or _prevailing(own, one, other) == _prevailing(theirs, other, one):
        return None
    return own, theirs


def contradicted(own: Agreement, bound: Agreement, now: datetime) -> Iterator[Finding]:
    """Two texts that contradict each other: nothing goes that both bind, and both articles say so."""
    found = conflict(own, bound, now)
    if found is not None:
        cites = (
            f"agreement:{found[0].article}@{own.version}",
            f"agreement:{bound.id}#{found[1].article}@{bound.version}",
        )
        yield from (Finding("texts-conflict", cite, Outcome.DENY, (("agreement", bound.id),)) for cite in cites)


def protecting(text: Agreement, now: datetime) -> Iterator[tuple[str, Term]]:
    """The agreements, by id, under which `text` says at `now` that what crosses under it is protected (TISA 3)."""
    for term in kinds_at(text, now).get(REFERENCE, ()):
        yield from ((str(one), term) for one in term.params.get("agreements") or ())


def alone(text: Agreement) -> Agreement:
    """The text as if it named no protecting ones, where it is asked without them."""
    terms = (
        replace(one, params={name: value for name, value in one.params.items() if name != "agreements"})
        if one.rule == REFERENCE
        else one
        for one in text.terms
    )
    return replace(text, terms=tuple(terms))


def closure(text: Agreement, texts: Iterable[Agreement], now: datetime) -> frozenset[AgreementRef]:
    """Of `texts`, those that protect what crosses under `text`, and those that these name in turn."""
    held = {one.id: one for one in texts}
    found: dict[AgreementRef, Agreement] = {}
    left = [text]
    while left:
        named = (held[name] for name, _ in protecting(left.pop(), now) if name in held)
        fresh = [one for one in named if one.ref != text.ref and one.ref not in found]
        found.update((one.ref, one) for one in fresh)
        left += fresh
    return frozenset(found)


def unprotected(
    refs: Iterable[AgreementRef], texts: Mapping[AgreementRef, Agreement], now: datetime
) -> Iterator[Finding]:
    """A text under which something is protected, and that is not asked: nothing goes. `refs`: the question's own text,
    then those that bind beside it."""
    asked = [texts[ref] for ref in refs if ref in texts]
    held = {one.id for one in asked}
    for place, text in enumerate(asked):
        for name, term in protecting(text, now):
            if name not in held:
                article = f"{text.id}#{term.article}" if place else term.article
                cite = f"agreement:{article}@{text.version}"
                yield Finding("protecting-text-missing", cite, Outcome.DENY, (("agreement", name),))


def _prevailing(term: Term | None, text: Agreement, other: Agreement) -> str | None:
    if term is None:
        return None
    return text.id if term.params["prevails"] == THIS else other.id
