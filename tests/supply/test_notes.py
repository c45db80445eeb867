"""Release notes count only if the project signed them with both halves, and only for the files they name."""

from pathlib import Path

import pytest
from supply.notes import check, digests, main, sign

from comity.core import dsse
from comity.core.errors import Malformed, Refused
from tests.keys import signer

PROJECT = signer("project")
FILES = {"comity.whl": "0" * 64, "comity.cdx.json": "1" * 64}


def test_they_are_read_as_they_were_signed() -> None:
    assert check(sign(PROJECT, "What changed.", FILES), PROJECT.public, FILES) == "What changed."
    assert check(sign(PROJECT, "What changed.", FILES), PROJECT.public, {}) == "What changed."


@pytest.mark.parametrize("files", [{"comity.whl": "2" * 64}, {"other.whl": "0" * 64}])
def test_another_file_is_refused_by_name(files: dict[str, str]) -> None:
    with pytest.raises(Refused, match=next(iter(files))):
        check(sign(PROJECT, "", FILES), PROJECT.public, files)


def test_another_key_or_half_a_signature_is_refused() -> None:
    raw = sign(PROJECT, "", FILES)
    with pytest.raises(Refused):
        check(raw, signer("somebody").public, FILES)
    sealed = dsse.parse(raw)
    halves = {kid: dict(list(both.items())[:1]) for kid, both in sealed.signatures.items()}
    with pytest.raises(Refused, match="stripped"):
        check(dsse.write(sealed.payload_type, sealed.payload, halves), PROJECT.public, FILES)


def test_what_else_the_project_signed_is_no_release() -> None:
    with pytest.raises(Malformed):
        check(dsse.seal("application/vnd.comity.receipt+json", b"{}", [PROJECT]), PROJECT.public, {})


def test_the_procedure_works_from_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As docs/releasing.md has it: key, sign, check; a changed file is found."""
    wheel, notes, public, out = (tmp_path / name for name in ("a.whl", "NOTES.md", "project.key", "a.notes"))
    wheel.write_bytes(b"wheel")
    notes.write_text("Fictional notes.")
    assert main(["key", str(tmp_path / "vault")]) == 0
    public.write_text(capsys.readouterr().out)
    assert main(["sign", str(tmp_path / "vault"), str(notes), str(wheel)]) == 0
    out.write_text(capsys.readouterr().out)
    assert main(["check", str(public), str(out), str(wheel)]) == 0
    assert capsys.readouterr().out == "Fictional notes.\n"
    wheel.write_bytes(b"another")
    assert main(["check", str(public), str(out), str(wheel)]) == 77
    assert "a.whl is not the file" in capsys.readouterr().err
    assert main([]) == 64


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_text(folder)
    with pytest.raises(Malformed):
        digests([tmp_path / "one" / "a", tmp_path / "two" / "a"])
