"""A share is a number of requests a second and at once: what it lets pass depends on counts and time alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.exchange.limits import GRACE_SECONDS, LEAST_BYTES_A_SECOND, Bucket, take, too_slow


def test_a_burst_passes_and_then_as_many_as_flow_in() -> None:
    bucket, passed = None, []
    for now in (0.0, 0.0, 0.0, 0.0, 0.4, 0.5, 0.6, 1.0):
        bucket, passes = take(bucket, now, rate=2, burst=3)
        passed.append(passes)
    assert passed == [True, True, True, False, False, True, False, True]


@given(st.lists(st.floats(0, 5), min_size=1, max_size=60), st.integers(1, 20), st.integers(1, 20))
def test_no_more_pass_than_the_burst_and_what_flowed_in(steps: list[float], rate: int, burst: int) -> None:
    bucket, now, passed = None, 0.0, 0
    for step in steps:
        now += step
        bucket, passes = take(bucket, now, rate, burst)
        passed += passes
    assert passed <= burst + rate * sum(steps[1:]) + 1e-6


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    bucket, passes = take(Bucket(0.0, 100.0), 50.0, rate=10, burst=5)
    assert (bucket, passes) == (Bucket(0.0, 100.0), False)


@pytest.mark.parametrize(
    ("received", "seconds", "since_last", "slow"),
    [
        (0, GRACE_SECONDS, GRACE_SECONDS, False),
        (0, GRACE_SECONDS + 1, GRACE_SECONDS + 1, True),
        (10**9, 60, GRACE_SECONDS + 1, True),
        (LEAST_BYTES_A_SECOND * 50, GRACE_SECONDS + 50, 1, False),
        (LEAST_BYTES_A_SECOND * 50 - 1, GRACE_SECONDS + 50, 1, True),
    ],
)
def test_a_body_is_given_up_when_it_stops_or_trickles(
    received: int, seconds: float, since_last: float, slow: bool
) -> None:
    assert too_slow(received, seconds, since_last) is slow
