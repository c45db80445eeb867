"""The five ways an act can fail. Each door maps them once; no library error crosses a room.

A refused *decision* is a value (`release.Decision`), never one of these.
"""

MAX_MESSAGE = 1000
"""Characters. A message may quote what somebody sent, and goes into logs, receipts and quarantine: it is cut there."""


class ComityError(Exception):
    """Something an officer must be told: `message` says what was wrong with what, `hint` what to do."""

    exit_code = 70
    status = 500

    def __init__(self, message: str, hint: str = "", *, code: str = "") -> None:
        message = message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 1] + "…"
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        """Names the fault where an alarm tells of it: `no-room`, `name-not-found`."""


class Malformed(ComityError):
    """The bytes are not what they claim to be."""

    exit_code = 65
    status = 400


class Refused(ComityError):
    """The act is not granted to whoever asks: a wrong signature, key, party, mode or mandate."""

    exit_code = 77
    status = 403


class Absent(ComityError):
    """There is no such thing, or not for whoever asks: the two are told in the same words (law 4)."""

    exit_code = 66
    status = 404


class Unreachable(ComityError):
    """The other side did not answer; the same bytes may be tried again later."""

    exit_code = 69
    status = 503


class Broken(ComityError):
    """An invariant does not hold: stop, change nothing, call someone."""

    exit_code = 70
    status = 500


def place(error: BaseException) -> str:
    """Where in our code it was raised, `module:line`; nothing of what was passed there."""
    found, step = "outside", error.__traceback__
    while step is not None:
        module = str(step.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] == "comity":
            found = f"{module}:{step.tb_lineno}"
        step = step.tb_next
    return found
