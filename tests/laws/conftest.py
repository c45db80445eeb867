"""Laws are tested on the same two nodes as acts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.joined import Pair, pair_in


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with pair_in(tmp_path) as made:
        yield made
