"""One suite, every backend: each test that asks for `small` runs on each of them."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests import postgres
from tests.store.scene import Small, Template

BACKENDS = ["sqlite"] if postgres.LEFT_OUT else ["sqlite", "postgres"]


@cache
def _template() -> Template:
    return Template()


@pytest.fixture(params=BACKENDS)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    """An empty node."""
    with ExitStack() as stack:
        node = Small(tmp_path) if request.param == "sqlite" else stack.enter_context(_template().copy(tmp_path))
        yield node
        node.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Small]:
    """An empty node in files, for what only files have."""
    node = Small(tmp_path)
    yield node
    node.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Small]:
    """An empty node in PostgreSQL, for what only a server has."""
    with _template().copy(tmp_path) as node:
        yield node
        node.close()


@pytest.fixture
def full(small: Small) -> Small:
    """A node with a row in every table."""
    small.populate()
    return small
