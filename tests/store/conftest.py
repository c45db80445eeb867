"""One suite, every backend: each test that asks for `small` runs on each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.scene import Small

BACKENDS = {"sqlite": Small}
"""By name, what builds a small node on it; PostgreSQL joins here."""


@pytest.fixture(params=sorted(BACKENDS))
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    """An empty node."""
    node = BACKENDS[request.param](tmp_path)
    yield node
    node.close()


@pytest.fixture
def full(small: Small) -> Small:
    """A node with a row in every table."""
    small.populate()
    return small
