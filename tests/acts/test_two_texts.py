"""Two agreements of the same two states at both nodes: what both bind, and a consultation where they contradict."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from comity.acts import consulting, deliver, duties, explaining, follow, intake
from comity.acts.node import Node
from comity.agreement.instrument import Agreement, Term
from comity.labels.label import Tlp
from tests.acts.crossing import records
from tests.acts.things import bundle, stix, take
from tests.joined import AGREEMENT, DANA, Pair, example, pair_in, release, sign

pytestmark = pytest.mark.slow
OLD = "IL-JP-OLDER"


def text(identity: str, *terms: Term) -> Agreement:
    return replace(example(), id=identity, terms=(*example().terms, *terms))


def clause(article: str, rule: str, **params: object) -> Term:
    return Term(article, rule, params, dict.fromkeys(example().languages, f"FICTIONAL words of {article}."))


def says(prevails: str, of: str) -> Term:
    return clause("98", "comity-relation", agreement=of, prevails=prevails)


@contextmanager
def both(folder: Path, own: tuple[Term, ...], beside: tuple[Term, ...]) -> Iterator[Pair]:
    """The example under which everything goes, and an older text of the same parties."""
    with pair_in(folder, signed=False) as pair:
        sign(pair, text(AGREEMENT, *own))
        sign(pair, text(OLD, *beside))
        for node in (pair.il, pair.jp):
            release(node, f"standing-{node.party.lower()}", ("cyber.*",))
        yield pair


def settle(pair: Pair) -> None:
    for _ in range(3):
        for node in (pair.il, pair.jp):
            for agreement in (AGREEMENT, OLD):
                follow.follow(node, agreement)
                deliver.deliver_due(node, agreement)


def product(pair: Pair) -> str:
    """Israel makes something from what Japan gave it, to go back to Japan; its id."""
    take(pair.jp, stix("malware", "theirs", Tlp.GREEN))
    settle(pair)
    [given] = records(pair.il, "JP")
    made = intake.take(pair.il, bundle(stix("malware", "made", Tlp.GREEN)), "own-cyber", DANA, made_from=(given.rid,))
    settle(pair)
    return made.rids[0]


STRICT = clause("97", "comity-licence", annex="cyber")
"""A text under which nothing of the annex goes without a licence, and there is none."""


def told(pair: Pair, record: str) -> tuple[str, str]:
    found = explaining.explain(pair.il, record, "JP")
    return found.outcome, found.articles[0]


def consultations(node: Node) -> list[tuple[str, str]]:
    with node.agreements(AGREEMENT).reader() as reader:
        cases = [row.state for row in reader.cases(consulting.CASE)]
    owed = [(one.row.duty, one.row.actor) for one in duties.register(node, AGREEMENT) if one.row.duty == "consult"]
    return sorted(owed) if cases == [consulting.OPEN] else []


def test_the_stricter_text_of_two_holds_what_both_bind(tmp_path: Path) -> None:
    with both(tmp_path, (), (STRICT,)) as pair:
        assert told(pair, product(pair)) == ("deny", f"agreement:{OLD}#97@1")


def test_a_text_that_gives_way_is_cited_and_holds_nothing(tmp_path: Path) -> None:
    with both(tmp_path, (), (STRICT, says("other", AGREEMENT))) as pair:
        record = product(pair)
        assert told(pair, record)[0] == "released"
        found = explaining.explain(pair.il, record, "JP").decision
        assert found is not None
        assert f"agreement:{OLD}#98@1" in {one.cite for one in found.findings}


def test_two_that_each_claim_to_prevail_stop_it_and_both_sides_consult(tmp_path: Path) -> None:
    with both(tmp_path, (says("this", OLD),), (says("this", AGREEMENT),)) as pair:
        assert told(pair, product(pair)) == ("deny", "agreement:98@1")
        assert consultations(pair.il) == consultations(pair.jp) == [("consult", "IL"), ("consult", "JP")]


OPPOSED = (
    clause("96", "comity-retention", must="destroy", months=6),
    clause("97", "comity-retention", must="keep", months=12),
)


def test_two_that_cannot_both_be_kept_are_found_by_both_sides_without_a_word_of_it(tmp_path: Path) -> None:
    """One says destroyed within six months, the other kept for a year: no term speaks of the other text."""
    with both(tmp_path, OPPOSED[:1], OPPOSED[1:]) as pair:
        record = product(pair)
        found = explaining.explain(pair.il, record, "JP")
        assert (found.outcome, found.articles[:2]) == ("deny", ("agreement:96@1", f"agreement:{OLD}#97@1"))
        assert consultations(pair.il) == consultations(pair.jp) == [("consult", "IL"), ("consult", "JP")]


def test_the_consultation_needs_no_thing_and_ends_with_the_texts(tmp_path: Path) -> None:
    """Law 4: it is found in the texts; what either holds or withholds has no part in it."""
    with both(tmp_path, OPPOSED[:1], OPPOSED[1:]) as pair:
        settle(pair)
        assert consultations(pair.il) == consultations(pair.jp) == [("consult", "IL"), ("consult", "JP")]
        sign(pair, replace(text(AGREEMENT), version=2))
        settle(pair)
        assert consultations(pair.il) == consultations(pair.jp) == []
