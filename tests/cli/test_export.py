"""A feed's folder is brought to what was released: only what changed is written, only what was ours is removed."""

import json
from pathlib import Path
from typing import Any

import pytest

from comity.annexes.cyber.misp.feed import HASHES, MANIFEST, Feed
from comity.cli.export import write
from comity.core.errors import Malformed

ONE, TWO = "5b2c0001-3c40-4f0a-8a3f-5d8c1b7e2a02", "5b2c0002-3c40-4f0a-8a3f-5d8c1b7e2a02"


def made(**events: Any) -> Feed:
    files = {f"{name}.json": json.dumps(value).encode() for name, value in events.items()}
    manifest = json.dumps({name: {} for name in events}).encode()
    return Feed(files | {MANIFEST: manifest, HASHES: b""}, (), len(events))


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    assert write(folder, made(**{ONE: 1, TWO: 1})) == (2, 0)
    assert write(folder, made(**{ONE: 1, TWO: 2})) == (1, 0)
    assert (folder / f"{TWO}.json").read_bytes() == b"2"
    assert (folder / MANIFEST).stat().st_mode & 0o077 == 0


def test_what_is_no_longer_released_leaves_and_a_strangers_file_stays(tmp_path: Path) -> None:
    write(tmp_path, made(**{ONE: 1, TWO: 1}))
    (tmp_path / "notes.json").write_text("mine")
    assert write(tmp_path, made(**{TWO: 1})) == (0, 1)
    assert {path.name for path in tmp_path.iterdir()} == {f"{TWO}.json", MANIFEST, HASHES, "notes.json"}


@pytest.mark.parametrize(
    "manifest", ['{"../../etc/passwd": {}}', "[]", "{", '{"aaaa-aaaa-aaaa-aaaa-/../aaaaaaaaaaaaa": {}}']
)
def test_a_manifest_that_nobody_here_wrote_removes_nothing(tmp_path: Path, manifest: str) -> None:
    (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(Malformed):
        write(tmp_path, made(**{ONE: 1}))
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]
