"""Files a person names: for their owner only, never overwritten, sizes looked at before anything is read."""

import os
import stat
from pathlib import Path

import pytest

from comity.cli import files
from comity.core.errors import Absent, ComityError, Malformed, Refused


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_its_owners_only(tmp_path: Path) -> None:
    files.write_new(tmp_path / "card", b"card")
    files.write_over(tmp_path / "to-jp" / "IL" / "envelope", b"one")
    files.write_over(tmp_path / "to-jp" / "IL" / "envelope", b"two")
    files.folder(tmp_path / "evidence")
    assert (tmp_path / "to-jp" / "IL" / "envelope").read_bytes() == b"two"
    assert {mode(tmp_path / name) for name in ("card", "to-jp/IL/envelope")} == {0o600}
    assert {mode(tmp_path / name) for name in ("evidence", "to-jp/IL")} == {0o700}
    assert sorted(path.name for path in (tmp_path / "to-jp" / "IL").iterdir()) == ["envelope"]


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "signed").write_bytes(b"first")
    for act in (lambda path: files.write_new(path, b"second"), files.check_free):
        with pytest.raises(Refused, match="already"):
            act(tmp_path / "signed")
    with pytest.raises(Refused, match="not empty"):
        files.folder(tmp_path)
    assert (tmp_path / "signed").read_bytes() == b"first"


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"first")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    files.write_over(tmp_path / "link", b"second")
    assert (tmp_path / "target").read_bytes() == b"first"


def test_a_size_is_looked_at_first(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Malformed, match="1,099,511,627,776 bytes"):
        files.read(tmp_path / "huge", 1 << 20)
    (tmp_path / "fits").write_bytes(b"x" * 8)
    assert files.read(tmp_path / "fits", 8) == b"x" * 8
    with pytest.raises(Malformed, match="too large"):
        files.read(tmp_path / "fits", 7)


def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(Malformed, match="too large"):
        files.read(Path("/dev/zero"), 1000)


@pytest.mark.parametrize(
    ("name", "error"),
    [("absent", Absent), ("folder", Malformed), ("file/below", Malformed), ("absent/below", Absent)],
)
def test_every_fault_is_one_of_the_five(tmp_path: Path, name: str, error: type[ComityError]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(error):
        files.read(tmp_path / name, 10)


def test_files_below_are_those_of_one_ending(tmp_path: Path) -> None:
    for name in ("b/2.json", "a/1.json", "a/note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = [os.fspath(path.relative_to(tmp_path)) for path in files.below(tmp_path, ".json")]
    assert found == ["a/1.json", "b/2.json"]
    with pytest.raises(Absent):
        files.below(tmp_path / "nowhere")
