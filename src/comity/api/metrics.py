"""`/metrics`: a node in figures for Prometheus, computed when asked. Labels are agreement, lane and codes of ours.

Figures, never contents: no name and no label here can hold what a partner or a source wrote.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from comity.acts.alarm import CODES
from comity.acts.alarms import alarms
from comity.acts.figures import AgreementFigures, Figures, Known, LaneFigures, gather
from comity.acts.node import Node
from comity.api.events import Event, Events

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Values = Mapping[Any, float]
"""A figure for each tuple of labels."""

BY_AGREEMENT: tuple[tuple[str, str, Callable[[AgreementFigures], int]], ...] = (
    ("follower_lag", "lines of the house log that are not decided yet", lambda one: one.behind),
    ("waiting", "records that wait for something they refer to", lambda one: one.waiting),
    ("duties_overdue", "duties past their time, ours and the partner's", lambda one: len(one.overdue)),
    ("received", "envelopes of the partner kept here", lambda one: one.received),
    ("given", "things that we gave, every version", lambda one: one.reciprocity.ours.given),
    ("got", "things that the partner gave, every version", lambda one: one.reciprocity.theirs.given),
    ("given_used", "things of ours that the partner says were of use", lambda one: one.reciprocity.ours.used),
    ("got_used", "things of the partner that we said were of use", lambda one: one.reciprocity.theirs.used),
)
ACTED: tuple[tuple[str, str, Callable[[AgreementFigures], timedelta | None]], ...] = (
    ("given_acted_seconds", "median until the partner acted on ours", lambda one: one.reciprocity.ours.acted),
    ("got_acted_seconds", "median until we acted on the partner's", lambda one: one.reciprocity.theirs.acted),
)
BY_LANE: tuple[tuple[str, str, Callable[[LaneFigures], int]], ...] = (
    ("queued", "envelopes without a receipt", lambda lane: lane.count.queued),
    ("receipts", "envelopes that have a receipt", lambda lane: lane.count.answered),
    ("refused_envelopes", "envelopes the partner refused", lambda lane: lane.count.refused),
)
HAPPENED = (
    (Event.STEP_FAILED, "worker_errors", "steps of the worker that failed, by agreement", ("agreement",)),
    (Event.REFUSED, "refusals", "what this node refused at its doors, by code", ("code",)),
    (Event.PARTNER_REFUSED, "partner_refusals", "what the partner refused of ours, by code", ("agreement", "code")),
    (Event.LIBRARY, "library_errors", "errors that libraries told, by library", ("code",)),
)


class Scrape:
    """One node's metrics, in a registry of their own."""

    def __init__(self, node: Node, events: Events) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_NodeCollector(node, events))
        ProcessCollector(registry=self._registry)

    def __call__(self) -> bytes:
        """The text format. Raises what reading the house raises: half a scrape is none."""
        return generate_latest(self._registry)


class _NodeCollector(Collector):
    def __init__(self, node: Node, events: Events) -> None:
        self._node = node
        self._events = events
        self._known = Known()

    def collect(self) -> Iterator[Metric]:
        figures, now = gather(self._node, self._known), self._node.clock()
        ringing = Counter(alarm.code for alarm in alarms(figures, now))
        yield _gauge("alarms", "alarms now, by code", ("code",), {(code,): ringing[code] for code in CODES})
        yield _gauge("house_log", "lines of the house log", (), {(): figures.house_log})
        yield _gauge("quarantined", "records in quarantine", (), {(): figures.quarantined})
        yield _gauge("unconfirmed_contacts", "cards nobody has confirmed", (), {(): len(figures.unconfirmed)})
        yield _gauge("unreadable_agreements", "agreements whose store cannot be read", (), {(): len(figures.broken)})
        yield from _agreements(figures.agreements)
        yield from _lanes(figures.agreements, now.timestamp())
        yield from _surroundings(figures, now.timestamp())
        yield from self._happened()

    def _happened(self) -> Iterator[Metric]:
        """What this process has told since it started."""
        counts = dict(self._events.counts)
        for event, name, words, labels in HAPPENED:
            found: Counter[tuple[str, ...]] = Counter()
            for (told, code, agreement), count in counts.items():
                if told is event:
                    found[tuple({"agreement": agreement, "code": code}[label] for label in labels)] += count
            yield _counter(name, words, labels, found)
        yield _counter("log_fields_dropped", "fields that no log line may have", (), {(): self._events.dropped})


def _agreements(found: tuple[AgreementFigures, ...]) -> Iterator[Metric]:
    for name, words, of in BY_AGREEMENT:
        yield _gauge(name, words, ("agreement",), {(one.id,): of(one) for one in found})
    for name, words, took in ACTED:
        spans = {(one.id,): span.total_seconds() for one in found if (span := took(one)) is not None}
        yield _gauge(name, words, ("agreement",), spans)
    yield _gauge(
        "refused_records", "records the partner refused", ("agreement",), {(o.id,): o.not_taken for o in found}
    )
    yield _counter("released", "records released, ever", ("agreement",), {(one.id,): one.released for one in found})
    decided = {(one.id, outcome): count for one in found for outcome, count in one.decided.items()}
    yield _counter("decided", "decisions made, by outcome", ("agreement", "outcome"), decided)
    sizes = {(one.id, log): size for one in found for log, size in one.checkpoints.items()}
    yield _gauge("checkpoint_size", "leaves under the last checkpoint both signed", ("agreement", "log"), sizes)


def _lanes(found: tuple[AgreementFigures, ...], now: float) -> Iterator[Metric]:
    for name, words, of in BY_LANE:
        values = {(one.id, lane.lane.value): of(lane) for one in found for lane in one.lanes}
        yield _gauge(name, words, ("agreement", "lane"), values)
    ages = {
        (one.id, lane.lane.value): max(0.0, now - lane.oldest.timestamp()) if lane.oldest else 0.0
        for one in found
        for lane in one.lanes
    }
    yield _gauge("queue_oldest_seconds", "age of the oldest envelope without a receipt", ("agreement", "lane"), ages)


def _surroundings(figures: Figures, now: float) -> Iterator[Metric]:
    around = figures.surroundings
    free: Values = {} if around.free_bytes is None else {(): around.free_bytes}
    yield _gauge("disk_free_bytes", "room under the data directory", (), free)
    ends = {(listener,): until.timestamp() - now for listener, until in around.certificates}
    yield _gauge("certificate_seconds", "how long a listener's certificate lasts", ("listener",), ends)


def _gauge(name: str, words: str, labels: tuple[str, ...], values: Values) -> Metric:
    return _filled(GaugeMetricFamily(f"comity_{name}", words, labels=labels), values)


def _counter(name: str, words: str, labels: tuple[str, ...], values: Values) -> Metric:
    return _filled(CounterMetricFamily(f"comity_{name}", words, labels=labels), values)


def _filled(family: Any, values: Values) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, value)
    metric: Metric = family
    return metric
