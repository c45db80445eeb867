"""What a node does between calls: follow the house log, deliver what is due, wait to be woken."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from comity.acts import deliver, follow, reconciling, showing, standing, subscribing, writing
from comity.acts.agreements import agreement_ids
from comity.acts.deliver import Delivered
from comity.acts.node import Node
from comity.acts.offering import NATIONAL
from comity.acts.releasing import Followed
from comity.api.events import Event, Events
from comity.core.errors import ComityError
from comity.records import Principal
from comity.release import subscription
from comity.release.subscription import Busy

IDLE_SECONDS = 0.25
"""Other processes (the command line) write to the same house; this is how soon that is noticed."""
MAX_THREADS = 32
"""Agreements beyond so many share threads and take turns."""
PATIENCE_SECONDS = 15.0


def steady_seconds() -> float:
    """Seconds that nobody sets, those in which the machine slept included where the system counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Worker:
    """A follower and a delivery loop for each agreement, each in a thread of its own.

    No partner waits for another's; and while one batch is with the partner, the next is decided.
    """

    def __init__(self, node: Node, events: Events | None = None, steady: Callable[[], float] = steady_seconds) -> None:
        self.node = node
        self.steady = steady
        self.events = Events() if events is None else events
        self.by = Principal(f"node:{node.party}")
        self._stop = threading.Event()
        self._wakes = [threading.Event()]
        self._shares: list[tuple[str, ...]] = []
        self._threads: list[threading.Thread] = []

    def wake(self) -> None:
        """Something came in: followers look now instead of at the next tick."""
        for event in tuple(self._wakes[1::2]):
            event.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        self._start(self._share, 0)
        if self.node.subscriptions:
            self._start(self._subscribing, 0)
        try:
            with self.node.meter.published(), self.node.watch(self.wake):
                yield
        finally:
            self._stop.set()
            for event in tuple(self._wakes):
                event.set()
            end = time.monotonic() + PATIENCE_SECONDS
            for thread in self._threads:
                thread.join(timeout=max(0.0, end - time.monotonic()))

    def _subscribing(self, _first: int) -> None:
        """Reads what others serve, each subscription when its time has come. A failure is told, and waited out."""
        due = dict.fromkeys(self.node.subscriptions, self.steady())
        failures = dict.fromkeys(due, 0)
        while not self._stop.is_set():
            for name in [one for one, at in due.items() if at <= self.steady()]:
                patience = self._polled(name)
                failures[name] = 0 if patience is None else failures[name] + 1
                every = self.node.subscriptions[name].every
                wait = subscription.rest(every, failures[name], patience, int.from_bytes(self.node.entropy(2)) / 65536)
                due[name] = self.steady() + wait.total_seconds()
            self._stop.wait(max(0.0, min([*due.values(), self.steady() + 1.0]) - self.steady()))

    def _polled(self, name: str) -> timedelta | None:
        """`None` where it was read; else how long the other side asks us to wait."""
        began = time.monotonic()
        try:
            polled = subscribing.poll(self.node, name, self.by)
        except Exception as error:
            self.events.fault(Event.STEP_FAILED, error, subscription=name)
            told = error.message if isinstance(error, ComityError) else "something went wrong that nobody foresaw"
            self.node.meter.met("sources", name, "source-failing", told, self.node.clock())
            return error.patience or timedelta(0) if isinstance(error, Busy) else timedelta(0)
        self.node.meter.passed("sources", name)
        if polled.pages:
            figures = {"taken": polled.taken, "quarantined": polled.quarantined, "pages": polled.pages}
            self.events.tell(
                Event.SUBSCRIBED, subscription=name, ms=round((time.monotonic() - began) * 1000), **figures
            )
        return None

    def _start(self, loop: Callable[[int], None], number: int) -> None:
        thread = threading.Thread(target=loop, args=(number,), name=f"comity-work-{number}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _share(self, _first: int) -> None:
        """Shares the agreements out, each always to the same thread, and starts a thread where one is needed."""
        while not self._stop.is_set():
            self._wakes[0].clear()
            self.node.meter.ticked(self.node.clock(), self.steady())
            self.node.meter.publish()
            places = {agreement: number for number, share in enumerate(self._shares) for agreement in share}
            for agreement in self._agreements():
                if agreement in places:
                    continue
                number = len(places) % MAX_THREADS
                places[agreement] = number
                if number < len(self._shares):
                    self._shares[number] += (agreement,)
                else:
                    self._shares.append((agreement,))
                    self._wakes += [threading.Event(), threading.Event()]
                    self._start(self._following, number)
                    self._start(self._delivering, number)
            self._wakes[0].wait(IDLE_SECONDS)

    def _following(self, number: int) -> None:
        queued = self._wakes[2 * number + 2]

        def step(agreement: str) -> bool:
            busy = self._follow(agreement)
            if busy:
                queued.set()
            return busy

        self._loop(self._wakes[2 * number + 1], number, step)

    def _queued(self, agreement: str) -> None:
        """A batch is decided: it goes while the next one is."""
        for number, share in enumerate(self._shares):
            if agreement in share:
                self._wakes[2 * number + 2].set()

    def _delivering(self, number: int) -> None:
        self._loop(self._wakes[2 * number + 2], number, self._deliver)

    def _loop(self, woken: threading.Event, number: int, step: Callable[[str], bool]) -> None:
        while not self._stop.is_set():
            woken.clear()
            busy = sum(self._guarded(agreement, step) for agreement in self._shares[number])
            if not busy:
                woken.wait(IDLE_SECONDS)

    def _follow(self, agreement: str) -> bool:
        """Its transaction tries the store also where there is nothing to do: when it passes, trouble is over."""
        if agreement == NATIONAL:
            return self._show(NATIONAL)
        busy = False
        if self.node.leads(agreement):
            began = time.monotonic()
            reconciling.reconcile_with_partner(self.node, agreement)
            lapsed = standing.lapse(self.node, agreement, self.by)
            followed = follow.follow(self.node, agreement, told=partial(self._queued, agreement))
            if followed.read:
                self._tell(Event.FOLLOWED, agreement, began, followed)
            busy = lapsed or followed.read > 0
            busy |= self._show(agreement)
        self.node.meter.passed("work", agreement)
        return busy

    def _show(self, store: str) -> bool:
        """Brings the views of a store up to what it holds, and reads some of what posts left to be read."""
        if store not in showing.stores(self.node):
            return False
        read = writing.read_later(self.node, store)
        return showing.follow(self.node, store) + read > 0

    def _deliver(self, agreement: str) -> bool:
        if agreement == NATIONAL or not self.node.leads(agreement):
            return False
        began = time.monotonic()
        delivered = deliver.deliver_due(self.node, agreement)
        if delivered.settled:
            self._tell(Event.DELIVERED, agreement, began, delivered)
        for code in delivered.codes:
            self.events.tell(Event.PARTNER_REFUSED, agreement=agreement, code=code)
        return delivered.settled > 0

    def _tell(self, event: Event, agreement: str, began: float, counts: Followed | Delivered) -> None:
        figures = {
            name: value for name in counts.__slots__ if isinstance(value := getattr(counts, name), int) and value
        }
        self.events.tell(event, agreement=agreement, ms=round((time.monotonic() - began) * 1000), **figures)

    def _guarded(self, agreement: str, step: Callable[[str], bool]) -> bool:
        """Whatever goes wrong in one agreement is told, changes nothing, stops no other, and is tried again."""
        try:
            return step(agreement)
        except Exception as error:
            self.events.fault(Event.STEP_FAILED, error, agreement=agreement)
            if isinstance(error, ComityError) and error.code:
                self.node.meter.met("work", agreement, error.code, error.message, self.node.clock())
        self._stop.wait(1.0)
        return False

    def _agreements(self) -> list[str]:
        try:
            return [*agreement_ids(self.node), NATIONAL]
        except Exception as error:
            self.events.fault(Event.STEP_FAILED, error)
        self._stop.wait(1.0)
        return []
