"""Keys are made once, opened only where nobody else can read them, and never become text."""

import copy
import logging
import os
import pickle
import stat
import traceback
from pathlib import Path

import pytest

from comity.core import dsse
from comity.core.errors import Absent, Broken, ComityError, Malformed, Refused
from comity.vault import SECRET_BYTES, Vault, seal_to
from tests.store.scene import entropy

NAMES = sorted(SECRET_BYTES)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    Vault.create(tmp_path / "vault", entropy("vault"))
    return tmp_path / "vault"


def secrets(directory: Path) -> list[bytes]:
    return [path.read_bytes().split(b"\n", 1)[1][:-32] for path in sorted(directory.iterdir())]


def test_what_is_made_is_opened(directory: Path) -> None:
    """The same keys, on the same entropy; other entropy makes others."""
    vault = Vault.open(directory)
    assert vault.public == Vault.create(directory.parent / "same", entropy("vault")).public
    assert vault.public != Vault.create(directory.parent / "other", entropy("other")).public
    assert len(vault.identity_key) == 32
    assert len(vault.hpke_public) == 1216


def test_both_halves_sign(directory: Path) -> None:
    """A vault is a signer of envelopes; a missing half would be refused."""
    vault = Vault.open(directory)
    raw = dsse.seal("application/test", b"payload", [vault])
    assert dsse.verify(dsse.parse(raw), "application/test", {"LY": vault.public}) == b"payload"


def test_a_wrapped_key_opens_only_under_its_name(directory: Path) -> None:
    """Neither altered, nor under another name, nor in another vault."""
    vault, other = Vault.open(directory), Vault.create(directory.parent / "other", entropy("other"))
    wrapped = vault.wrap(b"k" * 32, b"name")
    assert vault.unwrap(wrapped, b"name") == b"k" * 32
    assert vault.wrap(b"k" * 32, b"name") != wrapped
    altered = bytes([wrapped[0] ^ 1]) + wrapped[1:]
    for opener, raw, name in [
        (vault, wrapped, b"other"),
        (vault, altered, b"name"),
        (vault, wrapped[:-1], b"name"),
        (vault, b"", b"name"),
        (other, wrapped, b"name"),
    ]:
        with pytest.raises(Broken, match="does not open"):
            opener.unwrap(raw, name)


def test_what_is_sealed_to_a_node_opens_there_only(directory: Path) -> None:
    """Hybrid HPKE, bound to its purpose."""
    vault, other = Vault.open(directory), Vault.create(directory.parent / "other", entropy("other"))
    sealed = seal_to(vault.hpke_public, b"text", b"purpose")
    assert vault.open_sealed(sealed, b"purpose") == b"text"
    for opener, raw, info in [
        (vault, sealed, b"other"),
        (vault, sealed[:-1], b"purpose"),
        (vault, b"", b"purpose"),
        (vault, sealed[:-1] + bytes([sealed[-1] ^ 1]), b"purpose"),
        (other, sealed, b"purpose"),
    ]:
        with pytest.raises(Refused, match="does not open"):
            opener.open_sealed(raw, info)
    for key in (b"", vault.hpke_public[:-1], vault.hpke_public + b"x", b"\xff" * 1216):
        with pytest.raises(Malformed):
            seal_to(key, b"text", b"purpose")


def test_files_are_their_owners_only(directory: Path) -> None:
    """0600 in 0700."""
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert sorted(path.name for path in directory.iterdir()) == [f"{name}.key" for name in NAMES]
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}


def test_keys_are_never_overwritten(directory: Path) -> None:
    """Making a vault where anything stands is refused."""
    before = secrets(directory)
    with pytest.raises(Refused, match="already"):
        Vault.create(directory, entropy("other"))
    assert secrets(directory) == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
@pytest.mark.parametrize("name", ["identity.key", "."])
def test_what_others_can_use_is_refused_with_the_way_out(directory: Path, name: str, mode: int) -> None:
    """The hint is the command to run."""
    path = directory / name
    wide = mode if name != "." else mode | 0o700
    path.chmod(wide)
    with pytest.raises(Refused, match="by others") as caught:
        Vault.open(directory)
    assert caught.value.hint == f"chmod {'600' if name != '.' else '700'} {path}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_anothers_file_is_refused(directory: Path) -> None:
    """A key that somebody else owns is somebody else's key."""
    os.chown(directory / "hpke.key", 12345, -1)
    with pytest.raises(Refused, match="another user") as caught:
        Vault.open(directory)
    assert caught.value.hint.startswith("chown ")


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_absent(directory: Path, name: str) -> None:
    """Nothing is made in its place."""
    (directory / f"{name}.key").unlink()
    with pytest.raises(Absent, match=f"{name}.key"):
        Vault.open(directory)
    assert not (directory / f"{name}.key").exists()


def test_no_vault_is_absent(tmp_path: Path) -> None:
    """With the command that makes one."""
    with pytest.raises(Absent) as caught:
        Vault.open(tmp_path / "vault")
    assert "comity init" in caught.value.hint


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda raw: raw[:-1], "truncated or damaged"),
        (lambda raw: raw[:30], "truncated or damaged"),
        (lambda raw: raw + b"x", "truncated or damaged"),
        (lambda raw: raw[:-40] + bytes([raw[-40] ^ 1]) + raw[-39:], "truncated or damaged"),
        (lambda raw: raw.replace(b"identity", b"wrapping"), "another key than its name"),
        (lambda _: b"", "not a file of a vault"),
        (lambda _: b"x" * 5000, "not a file of a vault"),
    ],
)
def test_a_damaged_file_is_broken(directory: Path, change, sentence: str) -> None:  # type: ignore[no-untyped-def]  # a function of bytes
    """Truncated, lengthened, altered, another's or no key file at all."""
    path = directory / "identity.key"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(Broken, match=sentence):
        Vault.open(directory)


def test_files_in_each_others_place_are_broken(directory: Path) -> None:
    """A file is what its name says."""
    one, other = directory / "identity.key", directory / "wrapping.key"
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    with pytest.raises(Broken, match="another key than its name"):
        Vault.open(directory)


def test_a_link_a_folder_and_a_pipe_are_no_key_files(directory: Path) -> None:
    """Nothing is followed, and nothing hangs."""
    path = directory / "identity.key"
    path.rename(directory.parent / "elsewhere")
    path.symlink_to(directory.parent / "elsewhere")
    with pytest.raises(Refused, match=r"identity\.key"):
        Vault.open(directory)
    path.unlink()
    path.mkdir(mode=0o600)
    with pytest.raises(Broken, match="not a file"):
        Vault.open(directory)
    path.rmdir()
    os.mkfifo(path, 0o600)
    with pytest.raises(Broken, match="not a file"):
        Vault.open(directory)


def test_secrets_are_in_no_text(directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in `repr`, nor in errors and their tracebacks, nor in logs, nor in copies."""
    caplog.set_level(logging.DEBUG)
    vault = Vault.open(directory)
    kept = secrets(directory)
    texts = [repr(vault), str(vault), f"{vault}", repr([vault]), repr(vault.sign)]
    logging.getLogger("test").debug("the vault is %r", vault)
    for break_it in (
        lambda: vault.unwrap(kept[0], b"name"),
        lambda: vault.open_sealed(kept[0], b"info"),
        lambda: (directory / "hpke.key").write_bytes(kept[1]) and Vault.open(directory),
    ):
        with pytest.raises(ComityError) as caught:
            break_it()
        texts += [repr(caught.value), caught.value.hint, "".join(traceback.format_exception(caught.value))]
    texts += [record.getMessage() for record in caplog.records]
    for make_copy in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            make_copy(vault)
    for secret in kept:
        for form in (secret.hex(), repr(secret)[2:-1], secret[:16].hex()):
            assert not any(form in text for text in texts)
