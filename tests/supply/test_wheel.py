"""The wheel is the same bytes twice, brings all that a node needs, and runs from a fresh environment."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from supply.packages import ROOT
from supply.wheel import build, epoch


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("first"))


@pytest.mark.slow
def test_it_is_the_same_bytes_twice(wheel: Path, tmp_path: Path) -> None:
    assert build(tmp_path).read_bytes() == wheel.read_bytes()


@pytest.mark.slow
def test_it_brings_every_file_a_node_reads(wheel: Path) -> None:
    """Code, schemas, profiles, migrations, the examples, and both licence texts; nothing that was built."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    for source, place in ((ROOT / "src" / "comity", "comity"), (ROOT / "examples", "comity/examples")):
        files = [path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        assert [path for path in files if f"{place}/{path.relative_to(source)}" not in held] == []
    assert {name.rpartition("/")[2] for name in held if "/licenses/" in name} == {"LICENSE", "NOTICE"}
    assert [name for name in held if name.endswith(".pyc") or name.startswith("tests")] == []


@pytest.mark.slow
def test_the_demonstration_runs_from_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own, away from the checkout. Its libraries are those that are here already."""
    place = tmp_path / "fresh"
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    site = next((place / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COMITY"))}
    look = "from comity.app.capital import examples; print(examples())"
    told = subprocess.run([python, "-c", look], cwd=tmp_path, env=clean, check=True, capture_output=True, text=True)
    assert Path(told.stdout.strip()) == site / "comity" / "examples"
    demo = [str(python), "-m", "comity", "demo", "--once", "--json"]
    demo = [str(python), "-m", "comity", "demo", "--once", "--json"]
    played = subprocess.run(demo, cwd=tmp_path, env=clean, check=False, capture_output=True, text=True)
    assert played.returncode == 0, played.stderr[-2000:]
    assert '"verified": true' in played.stdout


@pytest.mark.slow
def test_it_is_dated_by_the_commit() -> None:
    assert epoch() > 1_700_000_000
    assert sys.version_info >= (3, 11)
