"""What is asked of a partner after a restore, what its answer is to what stands here, and the page in between."""

from datetime import timedelta

import pytest

from comity.core.errors import Malformed
from comity.exchange import reconcile
from comity.exchange.body import Sealed, Void
from comity.exchange.lane import Mode
from comity.exchange.reconcile import Held, Match, Number, Page, match, settled_to
from tests.exchange.scene import NOTE, NOW, an_ask, an_envelope
from tests.keys import signer

MATCHES = [
    ("nothing stands there", None, Match.NEW),
    ("the same, answered", Number("d", True, True), Match.SAME),
    ("the same, not answered", Number("d", False, False), Match.UNANSWERED),
    ("another that never left", Number("x", False, False), Match.REPLACED),
    ("another that may have left", Number("x", False, True), Match.FORK),
    ("another that was answered", Number("x", True, False), Match.FORK),
]


@pytest.mark.parametrize(("here", "expected"), [row[1:] for row in MATCHES], ids=[row[0] for row in MATCHES])
def test_what_the_partner_holds_beside_what_stands_here(here: Number | None, expected: Match) -> None:
    assert match(here, "d") is expected


NUMBERS = [
    ("an empty chain", [], (1, 0)),
    ("all answered", [(1, 1, True), (1, 2, True)], (1, 2)),
    ("the first is open", [(1, 1, False), (1, 2, True)], (1, 0)),
    ("one in the middle", [(1, 1, True), (1, 2, False), (1, 3, True)], (1, 1)),
    ("into the next epoch", [(1, 1, True), (9, 1, True), (9, 2, False)], (9, 1)),
]


@pytest.mark.parametrize(("numbers", "expected"), [row[1:] for row in NUMBERS], ids=[row[0] for row in NUMBERS])
def test_it_asks_after_the_last_that_is_certain(
    numbers: list[tuple[int, int, bool]], expected: tuple[int, int]
) -> None:
    assert settled_to(numbers) == expected


def test_a_page_is_read_as_it_was_written() -> None:
    opened = Sealed("ab" * 16, b"for the asker")
    page = Page(NOTE, None, (Held(an_envelope(Void("x")), b"{}", opened), Held(an_envelope(Void("y"), sequence=2))))
    assert reconcile.read_page(reconcile.write_page(page)) == page
    assert reconcile.read_page(reconcile.write_page(Page(None, None, ()))) == Page(None, None, ())


def test_a_page_takes_no_more_than_it_may() -> None:
    many = tuple(Held(b"{}") for _ in range(reconcile.MAX_HELD + 1))
    written = reconcile.write_page(Page(None, None, many))
    assert len(reconcile.read_page(written).held) == reconcile.MAX_HELD
    with pytest.raises(Malformed, match="at most"):
        reconcile.read_page(written + b'{"envelope":"{}"}\n')


def test_only_the_two_parties_envelopes_can_be_asked_for() -> None:
    with pytest.raises(Malformed, match="of one of its two parties"):
        reconcile.seal(an_ask(of="CC"), signer("BB"))


def test_what_is_asked_is_read_as_it_was_written() -> None:
    """The world it is asked in too: a drill asks about drills (law 10)."""
    for ask in (an_ask(), an_ask(mode=Mode.EXERCISE)):
        raw = reconcile.seal(ask, signer("BB"))
        keys = {ask.sender: (signer("BB").public,)}
        assert reconcile.unseal(raw, ask.to, keys, NOW, timedelta(minutes=5)) == ask


def test_both_notes_over_a_log_come_with_a_page() -> None:
    other = f"{NOTE}\n"
    page = reconcile.read_page(reconcile.write_page(Page(NOTE, other, ())))
    assert (page.checkpoint, page.cosigned) == (NOTE, other)
