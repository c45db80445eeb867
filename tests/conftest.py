"""What every room's tests may ask for: an empty database in PostgreSQL; and what a machine may not have for them."""

from collections.abc import Iterator

import pytest

from tests import loopdisk, postgres

NEED_POSTGRES = {"dsn", "served"}
"""Fixtures that only a server has."""

NEED_DISK = {"failing"}
"""Fixtures that need a disk of their own to be mounted."""


@pytest.fixture
def dsn() -> Iterator[str]:
    """The address of an empty database."""
    with postgres.database() as address:
        yield address


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what needs a server only where somebody said so; a server that does not start fails its tests."""
    if postgres.LEFT_OUT:
        _leave_out(config, items, NEED_POSTGRES)
    if any(NEED_DISK & set(getattr(item, "fixturenames", ())) for item in items) and not loopdisk.possible():
        _leave_out(config, items, NEED_DISK)


def _leave_out(config: pytest.Config, items: list[pytest.Item], need: set[str]) -> None:
    out = [item for item in items if need & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if postgres.LEFT_OUT:
        terminalreporter.write_line(postgres.WHY, yellow=True)
    if loopdisk.possible.cache_info().currsize and not loopdisk.possible():
        terminalreporter.write_line(loopdisk.WHY, yellow=True)
