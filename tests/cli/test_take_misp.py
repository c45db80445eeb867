"""A MISP event that cannot be converted is refused in our words: nothing of what stands in it reaches the terminal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.annexes.cyber.misp import attribute, event


@pytest.mark.slow
def test_a_library_tells_the_terminal_nothing_of_an_event(capitals: Path) -> None:
    """In a process of its own, as a person runs it: there no test has taken the library's words away."""
    (capitals / "event.json").write_text(json.dumps(event(attribute(type="nonsense", value=["SECRET-WORD"]))))
    line = [sys.executable, "-m", "comity", "take", "event.json", "--source", "own-cyber", "--data", "il"]
    said = subprocess.run(line, cwd=capitals, capture_output=True, text=True, check=False)  # our own program
    assert said.returncode == 65  # malformed
    assert "cannot be converted" in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert "SECRET-WORD" not in said.stderr
