"""A name says nothing without its key or salt, and no two things share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import ids
from comity.core.errors import Malformed

KEY = b"house identity key, fictional..."


def test_a_record_is_itself() -> None:
    first = ids.record_id(KEY, "cyber.stix/1", "IL", b"{}")
    assert first == ids.record_id(KEY, "cyber.stix/1", "IL", b"{}")
    assert len(bytes.fromhex(first)) == 32


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
    assert ids.record_id(KEY, kind, source, raw) != ids.record_id(KEY, "cyber.stix/1", "IL", b"{}")


def test_another_house_knows_the_same_thing_by_another_name() -> None:
    assert ids.record_id(KEY, "k", "IL", b"x") != ids.record_id(KEY + b"2", "k", "IL", b"x")


@given(st.binary(max_size=20), st.binary(max_size=20), st.binary(max_size=20), st.binary(max_size=20))
def test_salt_and_bytes_do_not_run_into_each_other(salt: bytes, raw: bytes, salt2: bytes, raw2: bytes) -> None:
    assert (ids.salted(salt, raw) == ids.salted(salt2, raw2)) == ((salt, raw) == (salt2, raw2))


@given(st.binary(min_size=16, max_size=16))
def test_a_handle_is_read_again(random: bytes) -> None:
    assert ids.parse_handle(ids.handle(random)) == random.hex()


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_handle_of_another_length_is_our_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="16 random bytes"):
        ids.handle(bytes(size))


@pytest.mark.parametrize(
    "text", ["", "a" * 31, "a" * 33, "A" * 32, "g" * 32, "a" * 32 + "\n", "٠" * 32, None, 5, b"a" * 32]
)
def test_what_is_no_handle(text: object) -> None:
    with pytest.raises(Malformed, match="not a handle"):
        ids.parse_handle(text)
