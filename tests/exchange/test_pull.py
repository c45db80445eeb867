"""A pull is signed, fresh and for us; a page gives back the very bytes and shows when it was cut."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.core.errors import Malformed, Refused
from comity.exchange import pull as pulls
from tests.exchange.scene import KEYS, NOW, SKEW, a_pull
from tests.keys import signer

RAW = pulls.seal(a_pull(), signer("BB"))


@pytest.mark.parametrize("off", [timedelta(0), SKEW, -SKEW])
def test_a_pull_within_the_skew_bound_is_read(off: timedelta) -> None:
    assert pulls.unseal(RAW, "AA", KEYS, NOW + off, SKEW) == a_pull()


@pytest.mark.parametrize("off", [SKEW, -SKEW])
def test_a_pull_beyond_it_is_refused(off: timedelta) -> None:
    with pytest.raises(Refused, match="further than"):
        pulls.unseal(RAW, "AA", KEYS, NOW + off * 1.01, SKEW)


def test_a_pull_is_for_us_and_from_who_signed_it() -> None:
    with pytest.raises(Refused, match="is for AA, not for BB"):
        pulls.unseal(RAW, "BB", KEYS, NOW, SKEW)
    with pytest.raises(Refused, match="says it is from BB, but AA signed it"):
        pulls.unseal(pulls.seal(a_pull(), signer("AA")), "AA", KEYS, NOW, SKEW)


@pytest.mark.parametrize("wrong", [{"after": -1}, {"epoch": 0}, {"nonce": b"short"}, {"agreement": "AA-BB@1"}])
def test_a_pull_that_would_not_be_read_is_not_written(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        pulls.seal(a_pull(**wrong), signer("BB"))


LINES = st.lists(st.binary(min_size=1, max_size=30).filter(lambda raw: b"\n" not in raw), max_size=10)


@given(LINES)
def test_a_page_gives_back_the_very_bytes(envelopes: list[bytes]) -> None:
    assert pulls.read_page(pulls.write_page(envelopes)) == tuple(envelopes)


@given(LINES.filter(bool), st.data())
@settings(max_examples=50)
def test_a_page_cut_short_is_noticed_or_is_a_beginning(envelopes: list[bytes], data: st.DataObject) -> None:
    page = pulls.write_page(envelopes)
    cut = data.draw(st.integers(0, len(page) - 1))
    try:
        got = pulls.read_page(page[:cut])
    except Malformed:
        return
    assert got == tuple(envelopes[: len(got)])


def test_a_page_ends_at_its_limits() -> None:
    many = [b"x"] * (pulls.MAX_ENVELOPES + 1)
    assert len(pulls.read_page(pulls.write_page(many))) == pulls.MAX_ENVELOPES
    with pytest.raises(Malformed, match="at most 256"):
        pulls.read_page(b"x\n" * 257)
    large = b"x" * (30 * 1024 * 1024)
    assert len(pulls.read_page(pulls.write_page([large, large, large]))) == 2


@pytest.mark.parametrize(("page", "says"), [(b"a", "cut short"), (b"a\n\nb\n", "no envelope"), (b"\n", "no envelope")])
def test_a_page_in_another_shape_is_malformed(page: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        pulls.read_page(page)


def test_what_is_no_envelope_is_not_framed() -> None:
    with pytest.raises(ValueError, match="not an envelope"):
        pulls.write_page([b"a\nb"])
