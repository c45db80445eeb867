"""Two people where an article asks for them (law 11): what it speaks of waits until both have approved."""

from collections.abc import Iterator
from dataclasses import replace

from comity.agreement.instrument import Term
from comity.release.aggregation import belongs
from comity.release.matter import Answer, Matter
from comity.release.question import Act, Outcome
from comity.release.rules.rule import Check

RULE = "comity-two-persons"
CODE = "two-persons"
PEOPLE = 2


def two_persons(term: Term, matter: Matter) -> Iterator[Answer]:
    """Comity: two different people of the role the article names, for every release it speaks of."""
    if matter.act not in (Act.RELEASE, Act.ONWARD_RELEASE):
        return
    if matter.act.value in (term.params.get("acts") or (matter.act.value,)) and _speaks(term, matter):
        role = str(term.params["role"])
        yield matter.finding(CODE, term, Outcome.REFER, role=role, people=str(PEOPLE))


def _speaks(term: Term, matter: Matter) -> bool:
    """Whether the thing is on every axis that the term names. The annex is one of the question's own text: beside
    another text's, which names its own, it tells nothing apart."""
    params = {name: value for name, value in term.params.items() if name != "from_en"}
    if matter.bound:
        params.pop("annex", None)
    level = term.params.get("from_en")
    return belongs(replace(term, params=params), matter.subject, matter.table) and (
        level is None or matter.reaches(level)
    )


ROWS: dict[str, Check] = {RULE: two_persons}
