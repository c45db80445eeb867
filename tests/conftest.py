"""What every room's tests may ask for: an empty database in PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests import postgres

NEED_POSTGRES = {"dsn", "served"}
"""Fixtures that only a server has."""


@pytest.fixture
def dsn() -> Iterator[str]:
    """The address of an empty database."""
    with postgres.database() as address:
        yield address


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what needs a server only where somebody said so; a server that does not start fails its tests."""
    if postgres.LEFT_OUT:
        out = [item for item in items if NEED_POSTGRES & set(getattr(item, "fixturenames", ()))]
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if postgres.LEFT_OUT:
        terminalreporter.write_line(postgres.WHY, yellow=True)
