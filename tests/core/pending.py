"""Tests of refusals that `core` does not make yet."""

import pytest

PENDING = pytest.mark.xfail(strict=True, run=False, reason="the core does not refuse this yet")
