"""A partner that cannot be reached asks: a signed, dated, single-use request gets the very bytes of its own chain."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from comity.acts import accept, follow, pull, standing
from comity.core.errors import Absent, Refused
from comity.exchange import pull as pulls
from comity.exchange.lane import Lane, Mode
from comity.exchange.pull import Pull
from tests.acts.crossing import outbox
from tests.acts.things import holds, stix, take
from tests.joined import DANA, Pair
from tests.keys import signer


@pytest.fixture
def silent(pair: Pair) -> Pair:
    """Israel cannot reach Japan; Japan can reach Israel. Three envelopes are queued."""
    pair.cables[0].cut = True
    for name in ("one", "two", "three"):
        take(pair.il, stix("malware", name))
        follow.follow(pair.il, pair.agreement)
    return pair


def request(pair: Pair, **changed: object) -> Pull:
    asked = Pull("JP", "IL", pair.agreement, Mode.ACTUAL, Lane.ROUTINE, 1, 0, pair.clock.now, b"n" * 16)
    return replace(asked, **changed)  # type: ignore[arg-type]  # the test names members as they are


def asked(pair: Pair, one: Pull, fresh: Callable[[bytes], bool] = lambda _: True) -> tuple[bytes, ...]:
    return pulls.read_page(pull.page(pair.il, pulls.seal(one, pair.jp.vault), fresh))


def test_a_page_is_the_very_envelopes(silent: Pair) -> None:
    assert asked(silent, request(silent)) == tuple(row.raw for row in outbox(silent.il, silent.agreement))
    assert asked(silent, request(silent, after=2)) == (outbox(silent.il, silent.agreement)[2].raw,)
    assert asked(silent, request(silent, after=3)) == ()
    assert asked(silent, request(silent, lane=Lane.FLASH)) == ()


def test_pulled_accepted_and_answered_it_is_settled(silent: Pair) -> None:
    for raw in pull.ask_for_page(silent.jp, silent.agreement, Lane.ROUTINE):
        pull.send_receipt(silent.jp, silent.agreement, accept.accept(silent.jp, raw))
    assert [row.state.value for row in outbox(silent.il, silent.agreement)] == ["settled"] * 3
    assert len(holds(silent.jp, "IL")) == 3
    assert pull.ask_for_page(silent.jp, silent.agreement, Lane.ROUTINE) == ()


def test_a_request_is_answered_once(silent: Pair) -> None:
    raw = pulls.seal(request(silent), silent.jp.vault)
    url = "memory://partner" + pull.PULL
    assert silent.jp.wire.post(url, raw, max_bytes=pulls.MAX_PAGE)
    with pytest.raises(Refused, match="answered before"):
        silent.jp.wire.post(url, raw, max_bytes=pulls.MAX_PAGE)


@pytest.mark.parametrize("off", [-1, 1])
def test_a_request_of_another_hour_is_refused(silent: Pair, off: int) -> None:
    at = silent.clock.now + off * timedelta(seconds=silent.il.skew_seconds + 1)
    with pytest.raises(Refused, match="further than"):
        asked(silent, request(silent, at=at))


def test_nobody_pulls_what_is_anothers(silent: Pair) -> None:
    with pytest.raises(Refused, match="not one known party's"):
        pull.page(silent.il, pulls.seal(request(silent), signer("stranger")), lambda _: True)
    with pytest.raises(Refused, match="is for XX"):
        asked(silent, request(silent, to="XX"))


def test_an_unknown_agreement_and_anothers_are_told_in_the_same_words(silent: Pair) -> None:
    told = []
    for agreement in ("IL-QQ-1", "IL-QQ-2"):
        with pytest.raises(Absent) as error:
            asked(silent, request(silent, agreement=agreement))
        told.append((error.value.message.replace(agreement, "*"), error.value.hint))
    assert told[0] == told[1]


def test_what_was_pulled_is_never_voided(silent: Pair) -> None:
    """Its bytes left: whoever pulled them must not find another story under their number."""
    page = pull.ask_for_page(silent.jp, silent.agreement, Lane.ROUTINE)
    standing.withdraw(silent.il, silent.agreement, "standing-il", DANA)
    follow.follow(silent.il, silent.agreement)
    assert tuple(row.raw for row in outbox(silent.il, silent.agreement)) == page


def test_without_an_address_there_is_nobody_to_ask(silent: Pair) -> None:
    alone = replace(silent.jp, partners={})
    with pytest.raises(Absent, match="no address"):
        pull.ask_for_page(alone, silent.agreement, Lane.ROUTINE)
