"""`comity.toml` names where the stores are; what could leak a password or cross a network in the clear is refused."""

from pathlib import Path

import pytest

from comity import settings
from comity.core.errors import ComityError, Malformed, Refused
from comity.settings import Settings, Store

HERE = "postgresql:///comity"


@pytest.mark.parametrize(
    "address",
    [
        HERE,
        "postgres://comity@localhost:5433/comity",
        "postgresql://[::1]/comity",
        "postgresql://%2Frun%2Fpostgresql/comity",
        "postgresql:///comity?host=/run/postgresql",
        "postgresql://db.example/comity?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "postgresql://one.example,two.example:5433/comity?sslmode=verify-full",
    ],
)
def test_addresses_that_may_be_named(address: str) -> None:
    settings.check(Settings("IL", store=Store(house=address, agreements={"IL-JP": address})))


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("", Malformed),
        ("house.db", Malformed),
        ("sqlite:///house.db", Malformed),
        ("postgresql://localhost", Malformed),
        ("postgresql://localhost/", Malformed),
        ("postgresql://[::1/comity", Malformed),
        ("postgresql://db.example/comity", Refused),
        ("postgresql://db.example/comity?sslmode=require", Refused),
        ("postgresql://localhost,db.example/comity", Refused),
        ("postgresql:///comity?host=db.example", Refused),
        ("postgresql:///comity?hostaddr=192.0.2.1", Refused),
    ],
)
def test_addresses_that_may_not(address: str, kind: type[ComityError]) -> None:
    for store in (Store(house=address), Store(agreements={"IL-JP": address})):
        with pytest.raises(kind) as caught:
            settings.check(Settings("IL", store=store))
        assert "example" not in caught.value.message


@pytest.mark.parametrize("address", ["postgresql://dana:hush@localhost/comity", f"{HERE}?password=hush"])
def test_a_password_needs_a_file_that_nobody_else_reads(tmp_path: Path, address: str) -> None:
    """And it shows in no text of ours: neither in the refusal nor where the settings are printed."""
    chosen = Settings("IL", store=Store(house=address, agreements={"IL-JP": address}))
    settings.write(tmp_path, chosen)
    assert settings.read(tmp_path) == chosen
    assert "hush" not in repr(chosen)
    (tmp_path / settings.FILE).chmod(0o640)
    with pytest.raises(Refused, match="can read it") as caught:
        settings.read(tmp_path)
    assert "hush" not in caught.value.message


def test_without_a_password_others_may_read_the_settings(tmp_path: Path) -> None:
    settings.write(tmp_path, Settings("IL", store=Store(house=HERE)))
    (tmp_path / settings.FILE).chmod(0o644)
    assert settings.read(tmp_path).store.house == HERE


def test_ports_can_be_others_for_a_second_process() -> None:
    """Only those that are named change, and a number that is no port is refused."""
    chosen = settings.with_ports(Settings("IL"), 7420)
    assert (chosen.partners_listener.port, chosen.house_listener.port) == (7420, 7411)
    assert settings.with_ports(Settings("IL")) == Settings("IL")
    with pytest.raises(Malformed):
        settings.with_ports(Settings("IL"), house=70000)


@pytest.mark.parametrize("raw", [b'party = "\xff"', b"", b"party = 1", b"x = " + b"[" * 100_000])
def test_a_file_that_cannot_be_read_is_malformed(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / settings.FILE).write_bytes(raw)
    with pytest.raises(Malformed, match="cannot be used"):
        settings.read(tmp_path)
