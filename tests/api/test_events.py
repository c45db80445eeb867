"""A log line has the fields that are listed, in their shapes, and nothing else; errors are told without values."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from comity.api.events import CODES, FIELDS, PER_SECOND, Event, Events, LibraryHandler, guard
from comity.api.sentence import sentence
from comity.core.errors import Broken, ComityError, place
from comity.exchange import shape

CANARY = "canary-7f3a"


class Log(Events):
    """Events, and the lines they wrote."""

    def __init__(self) -> None:
        self.file = io.StringIO()
        super().__init__(self.file)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.getvalue().splitlines()]


def raised() -> ComityError:
    """An error that quotes what it is about."""
    try:
        shape.name(f"{CANARY} \n", "the sender")
    except ComityError as error:
        return error
    raise AssertionError("it is refused")


def test_a_line_has_its_time_its_event_and_its_fields() -> None:
    log = Log()
    log.tell(Event.FOLLOWED, agreement="IL-JP-FICTION", read=3, released=2, lane=None, code=None)
    (line,) = log.lines
    assert line.pop("at").endswith("Z")
    assert line == {"event": "followed", "agreement": "IL-JP-FICTION", "read": 3, "released": 2}
    assert log.dropped == 0


BAD: list[tuple[str, Any]] = [
    ("title", CANARY),
    ("handle", "0" * 32),
    ("path", "somewhere"),
    ("agreement", f"two words {CANARY}"),
    ("agreement", "x" * 65),
    ("agreement", 7),
    ("lane", CANARY),
    ("door", CANARY),
    ("error", f"{CANARY}!"),
    ("where", f"elsewhere.{CANARY}:1"),
    ("read", CANARY),
    ("read", -1),
    ("read", True),
    ("read", 1.5),
    ("sentence", CANARY),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_what_has_no_field_or_not_its_shape_is_dropped_and_counted(name: str, value: Any) -> None:
    log = Log()
    log.tell(Event.FOLLOWED, read=1) if name == "read" else None
    log.tell(Event.FOLLOWED, **{name: value})
    assert name not in log.lines[-1]
    assert CANARY not in log.file.getvalue()
    assert log.dropped == (0 if name == "sentence" else 1)


def test_a_code_of_a_partner_is_told_as_other() -> None:
    log = Log()
    log.tell(Event.PARTNER_REFUSED, code=CANARY, agreement="IL-JP-FICTION")
    log.tell(Event.PARTNER_REFUSED, code="chain-gap", agreement="IL-JP-FICTION")
    assert [line["code"] for line in log.lines] == ["other", "chain-gap"]
    assert log.counts[Event.PARTNER_REFUSED, "other", "IL-JP-FICTION"] == 1


def test_no_field_can_hold_a_free_text() -> None:
    """But `sentence`, which nobody can set."""
    free = "Any words, of any kind."
    assert [name for name, fits in FIELDS.items() if fits(free)] == ["sentence"]
    assert not any(" " in code for code in CODES)


def test_an_error_is_told_without_its_values() -> None:
    log = Log()
    log.fault(Event.STEP_FAILED, raised(), agreement="IL-JP-FICTION", sentence=CANARY)
    (line,) = log.lines
    assert (line["code"], line["error"], line["sentence"]) == ("malformed", "Malformed", "… is not a name: …")
    assert line["where"].startswith("comity.exchange.shape:")
    assert CANARY not in log.file.getvalue()


def test_a_foreign_error_has_no_sentence() -> None:
    log = Log()
    try:
        raise KeyError(CANARY)
    except KeyError as error:
        log.fault(Event.STEP_FAILED, error)
    assert log.lines[0]["error"] == "KeyError"
    assert (log.lines[0]["where"], "sentence" in log.lines[0]) == ("outside", False)
    assert CANARY not in log.file.getvalue()


def test_a_sentence_is_what_our_source_says() -> None:
    assert sentence(raised()) == "… is not a name: …"
    assert place(raised()).startswith("comity.exchange.shape:")
    assert sentence(Broken(CANARY)) is None


def test_a_flood_is_cut_and_counted() -> None:
    log = Log()
    for _ in range(PER_SECOND + 7):
        log.tell(Event.REFUSED, code="malformed")
    log._windows.clear()
    log.tell(Event.REFUSED, code="malformed")
    assert len(log.lines) == PER_SECOND + 1
    assert log.lines[-1]["suppressed"] == 7
    assert log.counts[Event.REFUSED, "malformed", ""] == PER_SECOND + 8


def test_a_log_that_nobody_reads_stops_nothing() -> None:
    log = Log()
    log.file.close()
    log.tell(Event.STARTED)
    assert log.counts[Event.STARTED, "", ""] == 1


@pytest.fixture
def guarded() -> Iterator[Log]:
    log = Log()
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    root = logging.getLogger()
    handlers = list(root.handlers)
    root.handlers = []
    guard(log)
    yield log
    logging.captureWarnings(False)
    root.handlers = handlers
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


def test_libraries_threads_and_warnings_tell_no_words(guarded: Log) -> None:
    logging.getLogger("uvicorn.error").error("a request for %s", CANARY)
    try:
        raise OSError(CANARY)
    except OSError:
        logging.getLogger("somebody.else").exception("told: %s", CANARY)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(CANARY, UserWarning, stacklevel=1)
    sys.excepthook(ValueError, ValueError(CANARY), None)
    thread = threading.Thread(target=lambda: shape.name(f"{CANARY}!", "it"))
    thread.start()
    thread.join()
    told = [(line["event"], line["code"], line.get("error")) for line in guarded.lines]
    assert told == [
        ("library", "uvicorn", None),
        ("library", "other", "OSError"),
        ("library", "warnings", None),
        ("crashed", "unexpected", "ValueError"),
        ("crashed", "malformed", "Malformed"),
    ]
    assert CANARY not in guarded.file.getvalue()


def test_the_handler_is_what_keeps_the_words_back() -> None:
    """With Python's own handler in its place the same line shows them: this is what the guard replaces."""
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "a request for %s", (CANARY,), None)
    log = Log()
    LibraryHandler(log).emit(record)
    plain = io.StringIO()
    logging.StreamHandler(plain).emit(record)
    assert CANARY in plain.getvalue()
    assert CANARY not in log.file.getvalue()
