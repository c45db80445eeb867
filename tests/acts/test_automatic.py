"""Where the text says so, a reported compromise suspends what is provided, at both nodes alike, until both lift it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from comity.acts import compromise, duties, follow, replaying
from comity.acts.node import Node
from comity.agreement.check import check
from comity.agreement.instrument import Agreement, Term
from comity.agreement.life import State
from tests.acts.test_compromise import given, report
from tests.acts.test_events import state, status, tell
from tests.acts.things import holds, stix, take
from tests.joined import Pair, example, pair_in, sign

ARTICLE = "11(9)"
CITE = f"agreement:{ARTICLE}@2"
CYBER = next(term.article for term in example().of("comity-annex") if term.params["field"] == "cyber")
INTELLIGENCE = next(term.article for term in example().of("comity-annex") if term.params["field"] == "intelligence")


def text(**params: tuple[str, ...]) -> Agreement:
    """The example's next version, with an article that suspends on a compromise."""
    words = dict.fromkeys(("en", "ja", "he"), "FICTIONAL. A reported compromise suspends the provision of information.")
    term = Term(ARTICLE, "comity-suspension-on-compromise", params, words)
    draft = example()
    life = replace(draft.life, signed="2027-03-01", in_force_from="2027-03-02")
    return replace(draft, version=2, life=life, terms=(*draft.terms, term))


@contextmanager
def under(folder: Path, **params: tuple[str, ...]) -> Iterator[Pair]:
    """Both have signed that text, and Israel has given Japan one thing."""
    with pair_in(folder) as pair:
        sign(pair, text(**params))
        yield pair


def barred(pair: Pair, node: Node) -> list[str]:
    """The articles by which `node` withholds."""
    with node.agreements(pair.agreement).reader() as reader:
        return [cites for outcome, cites in reader.outcome_counts() if outcome == "deny"]


def test_a_reported_compromise_suspends_both_at_its_moment(tmp_path: Path) -> None:
    with under(tmp_path) as pair:
        report(pair, given(pair))
        assert (state(pair), status(pair).suspended_by) == (State.SUSPENDED, (ARTICLE,))
        assert status(pair).cites[0] == ARTICLE
        take(pair.il, stix("malware", "barred"))
        pair.settle()
        assert len(holds(pair.jp, "IL")) == 1
        assert [cites.split()[0] for cites in barred(pair, pair.il)] == [CITE]


def test_a_further_report_passes_while_it_is_really_suspended(tmp_path: Path) -> None:
    """Law 12: suspended is not silent, least of all about a loss."""
    with under(tmp_path) as pair:
        handle = given(pair)
        report(pair, handle)
        assert state(pair) is State.SUSPENDED
        pair.clock.forward(hours=2)
        report(pair, handle, hours=1)
        assert state(pair) is State.SUSPENDED
        assert len(compromise.cases(pair.il)) == 2
        told = [one for one in duties.register(pair.il) if one.row.duty == "notify-originator"]
        assert [one.row.state for one in told] == ["settled", "settled"]


def test_it_ends_when_both_have_lifted_it(tmp_path: Path) -> None:
    with under(tmp_path) as pair:
        report(pair, given(pair))
        take(pair.il, stix("malware", "waiting"))
        pair.clock.forward(hours=1)
        tell(pair, pair.jp, "comity-suspension-lifted")
        pair.settle()
        assert state(pair) is State.SUSPENDED
        tell(pair, pair.il, "comity-suspension-lifted")
        pair.settle()
        assert (state(pair), status(pair).suspended_by) == (State.IN_FORCE, ())
        assert len(holds(pair.jp, "IL")) == 2


def test_it_may_suspend_some_articles_alone(tmp_path: Path) -> None:
    with under(tmp_path, articles=(CYBER,)) as pair:
        report(pair, given(pair))
        assert (state(pair), status(pair).suspended_articles) == (State.IN_FORCE, frozenset({CYBER}))
        take(pair.il, stix("malware", "barred"))
        pair.settle()
        assert len(holds(pair.jp, "IL")) == 1
        assert [f"agreement:{CYBER}@2" in cites and CITE in cites for cites in barred(pair, pair.il)] == [True]


def test_only_the_events_it_names_suspend(tmp_path: Path) -> None:
    with under(tmp_path, events=("loss",)) as pair:
        report(pair, given(pair))
        assert (state(pair), status(pair).suspended_by) == (State.IN_FORCE, ())


def test_without_such_an_article_nothing_is_suspended(pair: Pair) -> None:
    report(pair, given(pair))
    assert state(pair) is State.IN_FORCE


def test_whoever_reports_stops_before_it_is_heard(tmp_path: Path) -> None:
    with under(tmp_path) as pair:
        handle = given(pair)
        pair.cables[1].cut = True
        report(pair, handle)
        take(pair.jp, stix("malware", "withheld"))
        follow.follow(pair.jp, pair.agreement)
        assert [cites.split()[0] for cites in barred(pair, pair.jp)] == [CITE]


def test_an_old_decision_is_asked_again_as_it_was(tmp_path: Path) -> None:
    with under(tmp_path) as pair:
        handle = given(pair)
        pair.clock.forward(hours=1)
        report(pair, handle)
        take(pair.il, stix("malware", "after"))
        pair.settle()
        found = list(replaying.replay(pair.il, replaying.ALL, pair.agreement))
        assert len(found) >= 2
        assert [one.differences for one in found if one.differences] == []


@pytest.mark.parametrize(("articles", "wrong"), [((INTELLIGENCE,), 0), (("99",), 1)])
def test_it_speaks_only_of_articles_that_are_there(articles: tuple[str, ...], wrong: int) -> None:
    found = [one for one in check(text(articles=articles)) if one.article == ARTICLE and "99" in one.text]
    assert len(found) == wrong
