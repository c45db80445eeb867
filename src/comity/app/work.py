"""What a node does between calls: follow the house log, deliver what is due, wait to be woken."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from comity.acts import deliver, follow, standing
from comity.acts.agreements import agreement_ids
from comity.acts.node import Node
from comity.core.errors import ComityError
from comity.records import Principal

IDLE_SECONDS = 0.25
"""Other processes (the command line) write to the same house; this is how soon that is noticed."""

_log = logging.getLogger("comity.work")


class Worker:
    """One follower and one delivery loop for every agreement, in one thread of the node process."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.by = Principal(f"node:{node.party}")
        self._wake = threading.Event()
        self._stop = threading.Event()

    def wake(self) -> None:
        """Something came in: look now instead of at the next tick."""
        self._wake.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._loop, name="comity-work", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._wake.set()
            thread.join(timeout=15)

    def _loop(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            busy = sum(self._guarded(agreement, self._once) for agreement in agreement_ids(self.node))
            if not busy:
                self._wake.wait(IDLE_SECONDS)

    def _once(self, agreement: str) -> bool:
        lapsed = standing.lapse(self.node, agreement, self.by)
        followed = follow.follow(self.node, agreement)
        delivered = deliver.deliver_due(self.node, agreement)
        return lapsed or followed.read > 0 or delivered.settled > 0

    def _guarded(self, agreement: str, step: Callable[[str], bool]) -> bool:
        try:
            return step(agreement)
        except ComityError as error:
            _log.error("agreement %s: %s (%s)", agreement, error.message, type(error).__name__)
        except Exception:
            _log.exception("agreement %s: an unexpected fault; nothing was changed, trying again", agreement)
        self._stop.wait(1.0)
        return False
