"""Retries double up to the lane's cap and never stop; what goes next is decided by precedence, then age."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.exchange import delivery
from comity.exchange.delivery import DeliveryState
from comity.exchange.lane import Lane, Mode
from comity.exchange.receipt import Answer, Settled
from tests.exchange.scene import NOW


@pytest.mark.parametrize(
    ("lane", "first", "longest"),
    [
        (Lane.FLASH, 0.025, 1),
        (Lane.IMMEDIATE, 0.25, 15),
        (Lane.PRIORITY, 1, 120),
        (Lane.ROUTINE, 2.5, 900),
    ],
)
def test_the_first_wait_and_the_longest(lane: Lane, first: float, longest: float) -> None:
    assert delivery.next_attempt(1, NOW, lane, 0.0) == NOW + timedelta(seconds=first)
    assert delivery.next_attempt(1, NOW, lane, 0.5) == NOW + timedelta(seconds=first * 1.5)
    latest = delivery.next_attempt(10**6, NOW, lane, 0.999999)
    assert NOW + timedelta(seconds=longest / 2) < latest <= NOW + timedelta(seconds=longest)


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True), st.sampled_from(Lane))
def test_waits_never_shrink_and_jitter_stays_in_the_upper_half(attempts: int, jitter: float, lane: Lane) -> None:
    least, most = (delivery.next_attempt(attempts, NOW, lane, j) for j in (0.0, 0.999999))
    chosen = delivery.next_attempt(attempts, NOW, lane, jitter)
    assert NOW < least <= chosen
    assert least <= delivery.next_attempt(attempts + 1, NOW, lane, 0.0)
    assert most - least < (least - NOW) + timedelta(microseconds=2)


@pytest.mark.parametrize(("attempts", "jitter"), [(0, 0.5), (1, 1.0), (1, -0.1)])
def test_a_retry_before_the_first_attempt_is_our_mistake(attempts: int, jitter: float) -> None:
    with pytest.raises(ValueError, match="at least one attempt"):
        delivery.next_attempt(attempts, NOW, Lane.FLASH, jitter)


@dataclass(frozen=True)
class Row:
    lane: Lane
    seq: int
    late: int = 0
    mode: Mode = Mode.ACTUAL
    epoch: int = 1

    @property
    def next_at(self) -> datetime:
        return NOW + timedelta(seconds=self.late)


F, I, P, R = Lane  # noqa: E741 (the lanes' own initials)


@pytest.mark.parametrize(
    ("rows", "picked"),
    [
        ([], []),
        ([Row(R, 1), Row(F, 9), Row(P, 2), Row(I, 3)], [Row(F, 9), Row(I, 3), Row(P, 2), Row(R, 1)]),
        ([Row(R, 3), Row(R, 1), Row(R, 2)], [Row(R, 1), Row(R, 2), Row(R, 3)]),
        ([Row(R, 1, late=1), Row(R, 2)], []),
        ([Row(R, 1), Row(R, 2, late=1), Row(R, 3)], [Row(R, 1)]),
        ([Row(R, 1, late=1), Row(F, 1)], [Row(F, 1)]),
        ([Row(R, 1, epoch=2), Row(R, 9)], [Row(R, 9), Row(R, 1, epoch=2)]),
        ([Row(F, 1, mode=Mode.EXERCISE), Row(F, 2), Row(I, 1)], [Row(F, 2), Row(F, 1, mode=Mode.EXERCISE), Row(I, 1)]),
        ([Row(F, 1, 1, Mode.TEST), Row(F, 1)], [Row(F, 1)]),
    ],
)
def test_precedence_then_age_and_nothing_overtakes_in_a_chain(rows: list[Row], picked: list[Row]) -> None:
    assert delivery.pick(rows, NOW) == picked


@pytest.mark.parametrize(
    ("verdict", "again", "state"),
    [
        (Answer.ACCEPTED, False, DeliveryState.SETTLED),
        (Answer.REFUSED, False, DeliveryState.REFUSED),
        (Answer.REFUSED, True, DeliveryState.QUEUED),
    ],
)
def test_what_a_receipt_makes_of_the_row(verdict: Answer, again: bool, state: DeliveryState) -> None:
    assert delivery.after(Settled(verdict, None, {}, again)) is state
