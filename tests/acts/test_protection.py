"""A text may put what crosses under it under another's protection: that one bars and owes, cited as itself, also when
its own time is over."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comity.acts import compromise, duties, explaining, returning
from comity.acts.node import Node
from comity.agreement.instrument import Agreement, Term
from comity.labels.label import Tlp
from tests.acts.crossing import records
from tests.acts.test_two_texts import OLD, STRICT, clause, settle, text
from tests.acts.things import stix, take
from tests.joined import AGREEMENT, DANA, KEN, NOW, Pair, pair_in, release, sign

pytestmark = pytest.mark.slow
NAMED = clause("95", "protection-by-reference", agreements=(OLD,))
BACK = clause("96", "comity-retention", must="return", months=6)


def ended(old: Agreement) -> Agreement:
    """The older text, over before anything is asked of it."""
    return replace(old, life=replace(old.life, signed="2020-01-01", in_force_from="2020-01-01", duration="max 1y"))


@contextmanager
def under(folder: Path, *beside: Term, named: bool = True, over: bool = False, held: bool = True) -> Iterator[Pair]:
    """The example, which names the older text, and the older text."""
    old = text(OLD, *beside)
    with pair_in(folder, signed=False) as pair:
        sign(pair, text(AGREEMENT, *((NAMED,) if named else ())))
        if held:
            sign(pair, ended(old) if over else old)
        for node in (pair.il, pair.jp):
            release(node, f"standing-{node.party.lower()}", ("cyber.*",))
        yield pair


def given(pair: Pair) -> str:
    """Israel takes in a thing of its own, for Japan; its id."""
    [record] = take(pair.il, stix("malware", "own", Tlp.GREEN)).rids
    settle(pair)
    return record


def test_what_the_protecting_text_bars_does_not_go_even_once_it_has_ended(tmp_path: Path) -> None:
    with under(tmp_path, STRICT, over=True) as pair:
        found = explaining.explain(pair.il, given(pair), "JP")
        assert (found.outcome, found.articles[0]) == ("deny", f"agreement:{OLD}#97@1")


def test_a_text_that_names_no_other_leaves_it_out(tmp_path: Path) -> None:
    """Our own information first given under one text is nothing to another, until a text says that it is."""
    with under(tmp_path, STRICT, named=False) as pair:
        assert explaining.explain(pair.il, given(pair), "JP").outcome == "released"


def test_nothing_goes_under_a_protection_that_is_not_at_hand(tmp_path: Path) -> None:
    with under(tmp_path, held=False) as pair:
        [record] = take(pair.il, stix("malware", "own", Tlp.GREEN)).rids
        pair.settle()
        found = explaining.explain(pair.il, record, "JP")
        assert (found.outcome, found.articles[0]) == ("deny", "agreement:95@1")
        sign(pair, text(OLD))
        settle(pair)
        assert explaining.explain(pair.il, record, "JP").outcome == "released"


def test_what_the_protecting_text_asks_is_owed_by_its_article(tmp_path: Path) -> None:
    with under(tmp_path, BACK) as pair:
        assert explaining.explain(pair.il, given(pair), "JP").outcome == "released"
        [owed] = [one for one in duties.register(pair.il, AGREEMENT) if one.row.duty == "return"]
        assert (owed.row.article, owed.row.actor, owed.asks.id) == (f"agreement:{OLD}#96@1", "JP", OLD)
        told = duties.told(pair.il, owed.row.id)
        assert told.term is not None
        assert told.term.rule == "comity-retention"


def told_of(node: Node) -> set[tuple[str, str]]:
    return {(one.row.duty, one.row.article) for one in duties.register(node, AGREEMENT)}


def test_a_compromise_is_told_by_the_articles_of_both_on_both_sides(tmp_path: Path) -> None:
    sooner = clause("94", "compromise", first_hours=2)
    with under(tmp_path, sooner, over=True) as pair:
        given(pair)
        [thing] = records(pair.jp, "IL")
        compromise.report(pair.jp, [thing.rid], "loss", NOW - timedelta(hours=1), "FICTIONAL. A laptop.", KEN)
        settle(pair)
        for node in (pair.il, pair.jp):
            assert ("notify-originator", f"agreement:{OLD}#94@1") in told_of(node)


def test_what_is_asked_back_is_owed_by_the_protecting_text_too(tmp_path: Path) -> None:
    """The newer text says nothing of return; the older one it names does."""
    own = text(AGREEMENT, NAMED)
    quiet = (
        replace(one, rule="protect-equivalent", params={}) if one.rule == "return-or-destroy" else one
        for one in own.terms
    )
    silent = replace(own, terms=tuple(quiet))
    old = text(OLD)
    with pair_in(tmp_path, signed=False) as pair:
        sign(pair, silent)
        sign(pair, ended(old))
        for node in (pair.il, pair.jp):
            release(node, f"standing-{node.party.lower()}", ("cyber.*",))
        given(pair)
        returning.request(pair.il, AGREEMENT, (), "FICTIONAL.", DANA)
        settle(pair)
        for node in (pair.il, pair.jp):
            [article] = [article for duty, article in told_of(node) if duty == "return-or-destroy"]
            assert article.startswith(f"agreement:{OLD}#")
