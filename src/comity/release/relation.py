"""Which of two agreements of the same parties prevails, where one of them says so; and where both claim to.

Without such a word the strictest of all texts that bind wins. A text is set aside only by words that all its own
parties signed, and only for the act done under the one that prevails; nothing of a third state is ever touched.
"""

from collections.abc import Iterator
from datetime import datetime

from comity.agreement.amendments import terms_at
from comity.agreement.instrument import Agreement, Term
from comity.release.question import Finding, Outcome

RULE = "comity-relation"
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


def _prevailing(term: Term | None, text: Agreement, other: Agreement) -> str | None:
    if term is None:
        return None
    return text.id if term.params["prevails"] == THIS else other.id
