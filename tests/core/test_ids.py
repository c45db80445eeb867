"""A name says nothing without its key or salt, and no two things share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import ids
from comity.core.errors import Malformed

KEY = b"house identity key, fictional..."


def test_a_record_is_itself() -> None:
    first = ids.identity(KEY, "cyber.stix/1", "IL", b"{}")
    assert first == ids.identity(KEY, "cyber.stix/1", "IL", b"{}")
    assert len(bytes.fromhex(ids.placed(7, first))) == 32


@pytest.mark.parametrize(
    ("kind", "source", "raw"),
    [
        ("cyber.stix/2", "IL", b"{}"),
        ("cyber.stix/1", "JP", b"{}"),
        ("cyber.stix/1", "IL", b"{} "),
        ("cyber.stix/1I", "L", b"{}"),
        ("cyber.stix/1", "IL{", b"}"),
        ("", "cyber.stix/1IL", b"{}"),
    ],
)
def test_another_kind_source_or_byte_is_another_record(kind: str, source: str, raw: bytes) -> None:
    assert ids.identity(KEY, kind, source, raw) != ids.identity(KEY, "cyber.stix/1", "IL", b"{}")


def test_another_house_knows_the_same_thing_by_another_name() -> None:
    assert ids.identity(KEY, "k", "IL", b"x") != ids.identity(KEY + b"2", "k", "IL", b"x")


@given(st.binary(max_size=20), st.binary(max_size=20), st.binary(max_size=20), st.binary(max_size=20))
def test_salt_and_bytes_do_not_run_into_each_other(salt: bytes, raw: bytes, salt2: bytes, raw2: bytes) -> None:
    assert (ids.salted(salt, raw) == ids.salted(salt2, raw2)) == ((salt, raw) == (salt2, raw2))


@given(st.integers(0, 2**40 - 1), st.binary(min_size=11, max_size=11))
def test_a_handle_is_read_again(place: int, random: bytes) -> None:
    assert ids.parse_handle(ids.handle_at(place, random)).endswith(random.hex())
    assert ids.parse_handle(ids.handle(random + bytes(5))) == random.hex() + "0" * 10


@given(st.integers(0, 2**40 - 2), st.binary(min_size=11, max_size=11), st.binary(min_size=11, max_size=11))
def test_names_rise_with_their_places(place: int, one: bytes, other: bytes) -> None:
    """Whatever is random in them: an index over them grows at its end."""
    assert ids.handle_at(place, one) < ids.handle_at(place + 1, other)
    assert ids.placed(place, "f" * 54) < ids.placed(place + 1, "0" * 54)
    assert ids.digest_of(ids.placed(place, "0f" * 27)) == "0f" * 27


@pytest.mark.parametrize(("place", "size"), [(0, 0), (0, 10), (0, 12), (-1, 11), (2**40, 11)])
def test_a_handle_of_another_form_is_our_mistake(place: int, size: int) -> None:
    with pytest.raises(ValueError, match="11 random bytes"):
        ids.handle_at(place, bytes(size))


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_handle_of_another_length_is_our_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="16 random bytes"):
        ids.handle(bytes(size))


@pytest.mark.parametrize(("place", "digest"), [(-1, "0" * 54), (2**40, "0" * 54), (0, "0" * 64)])
def test_an_id_of_another_form_is_our_mistake(place: int, digest: str) -> None:
    with pytest.raises(ValueError, match="54 hex digits"):
        ids.placed(place, digest)


@pytest.mark.parametrize(
    "text", ["", "a" * 31, "a" * 33, "A" * 32, "g" * 32, "a" * 32 + "\n", "٠" * 32, None, 5, b"a" * 32]
)
def test_what_is_no_handle(text: object) -> None:
    with pytest.raises(Malformed, match="not a handle"):
        ids.parse_handle(text)
