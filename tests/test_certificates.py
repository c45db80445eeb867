"""The test authority makes a node's certificate, for its owner's eyes; renewing keeps the key unless told otherwise."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from comity import settings
from comity.core.errors import Absent, Malformed, Refused
from comity.settings import Limits, Settings
from comity.vault import certificates
from comity.wiring import create_node, open_node, renew_certificate, with_tls
from tests.joined import NOW


def leaf(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / certificates.NODE).read_bytes())


def test_it_says_that_it_is_a_test_and_is_for_both_sides_of_a_line(tmp_path: Path) -> None:
    made = certificates.make(tmp_path / "tls", "AA", ("comity.example", "192.0.2.7", "2001:db8::7"), NOW)
    assert made.names == (
        "localhost", "comity.example", "127.0.0.1", "::1", "192.0.2.7", "2001:db8::7",
    )  # fmt: skip
    found = leaf(tmp_path / "tls")
    assert "TEST" in found.subject.rfc4514_string()
    assert "TEST authority - not for operation" in found.issuer.rfc4514_string()
    uses = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(uses) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert found.not_valid_after_utc - NOW == timedelta(days=365)
    authority = x509.load_pem_x509_certificate((tmp_path / "tls" / certificates.AUTHORITY).read_bytes())
    found.verify_directly_issued_by(authority)


def test_every_file_is_for_its_owner_only(tmp_path: Path) -> None:
    certificates.make(tmp_path / "tls", "AA", (), NOW)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "tls").iterdir()}
    assert modes == dict.fromkeys(("authority.key", "authority.pem", "node.key", "node.pem"), 0o600)
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    certificates.make(tmp_path / "tls", "AA", (), NOW)
    before = (tmp_path / "tls" / certificates.NODE_KEY).read_bytes()
    with pytest.raises(Refused, match="no key was made or changed"):
        certificates.make(tmp_path / "tls", "AA", (), NOW)
    assert (tmp_path / "tls" / certificates.NODE_KEY).read_bytes() == before


@pytest.mark.parametrize("name", ["", "a b", "*.example", "ex/ample", "ä.example", "a" * 254])
def test_a_name_that_is_no_host_is_refused_before_anything_is_made(name: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="host name or an address"):
        create_node(tmp_path / "node", with_tls(Settings(party="AA")), (name,))
    assert not (tmp_path / "node").exists()


def test_renewing_keeps_pin_and_names_and_a_new_key_is_a_new_pin(tmp_path: Path) -> None:
    first = certificates.make(tmp_path / "tls", "AA", ("comity.example",), NOW)
    later = NOW + timedelta(days=300)
    second = certificates.renew(tmp_path / "tls", "AA", later, new_key=False)
    assert (second.pin, second.names) == (first.pin, first.names)
    assert second.not_after == later + timedelta(days=365)
    third = certificates.renew(tmp_path / "tls", "AA", later, new_key=True)
    assert third.pin != first.pin
    assert certificates.read(tmp_path / "tls" / certificates.NODE) == third


def test_no_certificate_outlasts_its_authority(tmp_path: Path) -> None:
    certificates.make(tmp_path / "tls", "AA", (), NOW)
    end = NOW + certificates.AUTHORITY_LASTS
    assert certificates.renew(tmp_path / "tls", "AA", end - timedelta(days=9), new_key=False).not_after == end
    with pytest.raises(Refused, match=r"the authority in .* expired"):
        certificates.renew(tmp_path / "tls", "AA", end + timedelta(days=1), new_key=False)


def test_another_authoritys_certificate_is_renewed_there(tmp_path: Path) -> None:
    certificates.make(tmp_path / "tls", "AA", (), NOW)
    (tmp_path / "tls" / certificates.AUTHORITY_KEY).unlink()
    with pytest.raises(Refused, match="no authority of this node"):
        certificates.renew(tmp_path / "tls", "AA", NOW, new_key=False)


def test_a_node_finds_its_certificate_wherever_it_stands(tmp_path: Path) -> None:
    create_node(tmp_path / "made", with_tls(Settings(party="AA")), ())
    moved = (tmp_path / "made").rename(tmp_path / "moved")
    with open_node(moved) as node:
        assert node.certificate == certificates.read(moved / "tls" / certificates.NODE)
        assert len(node.authorities) == 1
    (moved / "tls" / certificates.NODE).unlink()
    with pytest.raises(Absent, match="is missing"), open_node(moved):
        pass


def test_a_node_without_a_certificate_has_none_to_renew(tmp_path: Path) -> None:
    create_node(tmp_path / "node", Settings(party="AA"))
    with pytest.raises(Absent, match="no certificate"):
        renew_certificate(tmp_path / "node", new_key=False)


def test_a_limit_lets_something_in() -> None:
    with pytest.raises(Malformed, match="connections must be at least 1"):
        settings.check(Settings(party="AA", limits=Limits(connections=0)))
