"""Two people where an article asks for them (law 11): what it speaks of waits until both have approved."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.release.matter import Answer, Matter
from comity.release.question import Act, Outcome
from comity.release.rules.rule import Check, selected

RULE = "comity-two-persons"
CODE = "two-persons"
PEOPLE = 2


def two_persons(term: Term, matter: Matter) -> Iterator[Answer]:
    """Comity: two different people of the role the article names, for every release it speaks of."""
    if matter.act not in (Act.RELEASE, Act.ONWARD_RELEASE):
        return
    if matter.act.value in (term.params.get("acts") or (matter.act.value,)) and selected(term, matter):
        role = str(term.params["role"])
        yield matter.finding(CODE, term, Outcome.REFER, role=role, people=str(PEOPLE))


ROWS: dict[str, Check] = {RULE: two_persons}
