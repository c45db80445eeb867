"""Two real nodes in two folders, as an operator leaves them after first contact and signature."""

import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import play

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "israel-japan"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """An empty folder, but for the examples."""
    for name in ("israel-japan", "switzerland-israel"):
        shutil.copytree(EXAMPLE.parent / name, tmp_path / name)
    return tmp_path


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: `il` and `jp`, in force, with the example's standing releases."""
    folder = tmp_path_factory.mktemp("signed")
    shutil.copytree(EXAMPLE, folder / "israel-japan")
    play((HERE / "transcripts" / "first-contact.txt").read_text("utf-8"), folder)
    return folder


@pytest.fixture
def capitals(signed: Path, tmp_path: Path) -> Path:
    """A copy of both nodes, to do with as a test likes."""
    shutil.copytree(signed, tmp_path, dirs_exist_ok=True)
    return tmp_path
