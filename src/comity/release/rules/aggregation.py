"""A set that outranks its parts: the thing that would complete it is referred, denied, or held to the set's level."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.labels.equivalence import neutral_rank
from comity.release.aggregation import RULE, belongs, last
from comity.release.matter import Answer, Matter
from comity.release.question import Act, Outcome
from comity.release.reader import PartyReader
from comity.release.rules.rule import Check


def aggregation(term: Term, matter: Matter) -> Iterator[Answer]:
    """Comity: what the recipient holds of a set, and this, together. Holdings that nobody counted are held full."""
    if matter.act is not Act.RELEASE or matter.bound or not belongs(term, matter.subject, matter.table):
        return
    held = matter.facts.holdings
    if held is not None and dict(held).get(term.article, last(term)) < last(term):
        return
    count, level = str(term.params["count"]), term.params.get("level_en")
    if level is None:
        outcome = Outcome.DENY if term.params.get("outcome") == "deny" else Outcome.REFER
        yield matter.finding("set-complete", term, outcome, count=count)
    elif any(neutral_rank(str(level)) > ceiling for ceiling in _ceilings(matter)):
        yield matter.finding("set-above-ceiling", term, Outcome.DENY, count=count, level=str(level))
    else:
        yield matter.finding("set-protected", term, Outcome.ALLOW, level=str(level))
        yield matter.duty("protect-set", matter.recipient, term, to=str(level))


def _ceilings(matter: Matter) -> Iterator[int]:
    """Every ceiling that the whole set would have to pass: the annex's, the text's, the authority's."""
    for term in matter.by_kind.get("comity-annex", ()):
        if term.params.get("annex") == matter.subject.annex:
            yield _rank(term.params.get("up_to_en"))
    for term in matter.by_kind.get("max-level", ()):
        if term.params.get("max_en") is not None:
            yield _rank(term.params["max_en"])
    if isinstance(matter.reader, PartyReader):
        named = (one for one in matter.agreement.authorities if one.id == matter.reader.organisation)
        yield from (_rank(one.up_to_en) for one in named)


def _rank(level: object) -> int:
    """A ceiling's place; one that is not written is the lowest."""
    return neutral_rank(level) if isinstance(level, str) else 0


ROWS: dict[str, Check] = {RULE: aggregation}
