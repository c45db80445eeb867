"""A pin is the digest of a key and outlives the certificate; a certificate holds from one instant to another."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from comity.core import certificate
from comity.core.errors import Malformed
from comity.vault import certificates
from tests.joined import NOW

SECOND = timedelta(seconds=1)


def test_it_holds_between_its_two_instants(tmp_path: Path) -> None:
    made = certificates.make(tmp_path / "tls", "AA", (), NOW)
    for now in (made.not_before, NOW, made.not_after):
        assert certificate.refusal(made, "AA", now) is None
    assert "not valid before" in (certificate.refusal(made, "AA", made.not_before - SECOND) or "")
    assert "certificate of AA expired on" in (certificate.refusal(made, "AA", made.not_after + SECOND) or "")


@given(st.binary(max_size=300))
def test_rubbish_is_no_certificate(raw: bytes) -> None:
    for read in (certificate.read, lambda der: certificate.check_authority(der, "it")):
        with pytest.raises(Malformed):
            read(raw)


def test_a_byte_changed_anywhere_is_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    certificates.make(tmp_path / "tls", "AA", ("comity.example",), NOW)
    (good,) = certificates.authorities(tmp_path / "tls" / certificates.NODE)
    for n in range(len(good)):
        raw = bytearray(good)
        raw[n] ^= 0x55
        for read in (certificate.read, lambda der: certificate.check_authority(der, "it")):
            with suppress(Malformed):
                read(bytes(raw))


def test_a_serial_number_is_positive(tmp_path: Path) -> None:
    certificates.make(tmp_path / "tls", "AA", (), NOW)
    (good,) = certificates.authorities(tmp_path / "tls" / certificates.NODE)
    number = x509.load_der_x509_certificate(good).serial_number.to_bytes(20)
    assert good.count(number) == 1
    with pytest.raises(Malformed, match="no certificate"):
        certificate.read(good.replace(number, b"\x80" + number[1:]))


@pytest.mark.parametrize("pins", [[], ["0f"], ["0F" * 32], ["0f" * 32] * 2, [1], [f"{n:064x}" for n in range(5)]])
def test_pins_are_a_few_different_digests(pins: list[object]) -> None:
    with pytest.raises(Malformed, match="1 to 4 different SHA-256"):
        certificate.check_pins(pins, "pins")


def test_an_authority_is_one_and_not_too_large(tmp_path: Path) -> None:
    certificates.make(tmp_path / "tls", "AA", (), NOW)
    (leaf,) = certificates.authorities(tmp_path / "tls" / certificates.NODE)
    (authority,) = certificates.authorities(tmp_path / "tls" / certificates.AUTHORITY)
    assert certificate.check_authority(authority, "it") == authority
    with pytest.raises(Malformed, match="not the certificate of an authority"):
        certificate.check_authority(leaf, "it")
    with pytest.raises(Malformed, match="larger than"):
        certificate.check_authority(bytes(5000), "it")
