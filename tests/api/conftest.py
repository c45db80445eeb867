"""What a test of a listener begins with: two nodes that have signed the example agreement."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.joined import Pair, pair_in


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with pair_in(tmp_path) as made:
        yield made
