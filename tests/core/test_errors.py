"""There are five ways to fail, and each door's number for them is fixed."""

import pytest

from comity.core import errors
from comity.core.errors import Absent, Broken, ComityError, Malformed, Refused, Unreachable


@pytest.mark.parametrize(
    ("error", "exit_code", "status"),
    [(Malformed, 65, 400), (Refused, 77, 403), (Absent, 66, 404), (Unreachable, 69, 503), (Broken, 70, 500)],
)
def test_the_numbers(error: type[ComityError], exit_code: int, status: int) -> None:
    raised = error("what was wrong", "what to do")
    assert (raised.exit_code, raised.status) == (exit_code, status)
    assert (raised.message, raised.hint, str(raised)) == ("what was wrong", "what to do", "what was wrong")


def test_there_is_no_sixth() -> None:
    kinds = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert kinds == {"ComityError", "Malformed", "Refused", "Absent", "Unreachable", "Broken"}


def test_a_message_is_cut_where_it_grows_by_what_somebody_sent() -> None:
    said = Malformed("there is no level " + "x" * 100_000)
    assert len(said.message) == len(str(said)) == errors.MAX_MESSAGE
    assert said.message.startswith("there is no level x")
    assert said.message.endswith("…")
