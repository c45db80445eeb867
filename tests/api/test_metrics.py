"""The metrics are a node's figures, labelled by agreement, lane and codes of ours, and by nothing else."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from comity.acts import deliver, follow
from comity.acts.alarm import CODES as ALARMS
from comity.acts.node import Node
from comity.api.events import CODES, Event, Events
from comity.api.house import house
from comity.api.metrics import Scrape
from comity.core.errors import Broken
from comity.exchange.lane import Lane
from comity.labels.label import Tlp
from comity.records import Surroundings
from tests.acts.test_cases import asked
from tests.acts.things import stix, take
from tests.api.calling import call
from tests.joined import NOW, Pair

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(node: Node, events: Events | None = None) -> Samples:
    text = Scrape(node, Events() if events is None else events)().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found: Samples, name: str, **labels: str) -> float:
    return found[f"comity_{name}", tuple(sorted(labels.items()))]


def test_they_say_what_went_what_waits_and_how_long(pair: Pair) -> None:
    take(pair.il, *(stix("malware", f"one {n}") for n in range(3)), stix("malware", "red", Tlp.RED))
    take(pair.il, stix("malware", "unmarked", None))
    pair.settle()
    pair.cables[0].cut = True
    take(pair.il, stix("malware", "late"))
    follow.follow(pair.il, pair.agreement)
    deliver.deliver_due(pair.il, pair.agreement)
    take(pair.il, stix("malware", "undecided"))
    pair.clock.forward(minutes=20)
    found = samples(pair.il)
    a = pair.agreement
    assert of(found, "released_total", agreement=a) == 4
    assert of(found, "decided_total", agreement=a, outcome="allow") == 4
    assert of(found, "decided_total", agreement=a, outcome="deny") >= 1
    assert of(found, "follower_lag", agreement=a) == 1
    assert of(found, "quarantined") == 1
    lanes = {lane.value: found.get(("comity_queued", (("agreement", a), ("lane", lane.value)))) for lane in Lane}
    (lane,) = [name for name, queued in lanes.items() if queued]
    assert of(found, "queue_oldest_seconds", agreement=a, lane=lane) == 1200
    assert of(found, "receipts", agreement=a, lane=lane) >= 1
    assert of(found, "alarms", code="partner-silent") == 1
    assert of(found, "alarms", code="refused") == 0
    assert of(found, "checkpoint_size", agreement=a, log="out") > 0
    assert found["process_resident_memory_bytes", ()] > 1 << 20


def test_they_say_what_the_process_has_told(pair: Pair) -> None:
    events = Events()
    events.tell(Event.REFUSED, code="malformed", door="envelopes")
    events.tell(Event.REFUSED, code="not one of ours")
    events.tell(Event.PARTNER_REFUSED, code="chain-fork", agreement=pair.agreement)
    events.fault(Event.STEP_FAILED, Broken("x"), agreement=pair.agreement)
    events.tell(Event.FOLLOWED, nobody="asked")
    found = samples(pair.il, events)
    assert of(found, "refusals_total", code="malformed") == of(found, "refusals_total", code="other") == 1
    assert of(found, "partner_refusals_total", agreement=pair.agreement, code="chain-fork") == 1
    assert of(found, "worker_errors_total", agreement=pair.agreement) == 1
    assert of(found, "log_fields_dropped_total") == 1


def test_room_and_certificates_are_there_where_they_are_known(pair: Pair) -> None:
    around = Surroundings(5 << 30, 9 << 30, (("partners_listener", NOW + timedelta(hours=1)),))
    found = samples(replace(pair.il, surroundings=lambda: around))
    assert of(found, "disk_free_bytes") == 5 << 30
    assert of(found, "certificate_seconds", listener="partners_listener") == 3600
    assert ("comity_disk_free_bytes", ()) not in samples(replace(pair.il, surroundings=Surroundings))


ALLOWED = {
    "agreement": {"IL-JP-FICTION"},
    "lane": {lane.value for lane in Lane},
    "code": {*ALARMS, *CODES, "other"},
    "outcome": {"allow", "sanitise", "waiting", "needs-consent", "deny", "refer"},
    "log": {"out", "in"},
    "listener": {"partners_listener", "house_listener"},
}


def test_no_label_can_hold_anything_else(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"), stix("malware", "red", Tlp.RED), stix("malware", "unmarked", None))
    pair.settle()
    for (name, labels), _ in samples(pair.il).items():
        for label, value in labels:
            assert value in ALLOWED[label], name


def test_half_a_scrape_is_none(pair: Pair) -> None:
    """A house that cannot be read gives 503 and no word of why; the listener lives on."""

    def broken(*_: object) -> object:
        raise Broken("words of the store")

    sick = replace(pair.il, surroundings=broken)  # type: ignore[arg-type]  # a port that fails
    answer = call(house(sick), "GET", "/metrics")
    assert (answer.status, answer.body) == (503, b"this node cannot take it now")
    assert call(house(sick), "GET", "/healthz").status == 200


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
def test_the_house_listener_answers(pair: Pair, path: str) -> None:
    assert call(house(pair.il), "GET", path).status == 200


def test_every_metric_is_in_the_operators_guide(pair: Pair) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operator.md").read_text("utf-8")
    names = {name for name, _ in samples(pair.il) if name.startswith("comity_")}
    assert sorted(name for name in names if f"`{name}`" not in guide) == []


def test_overdue_duties_are_counted_by_agreement(pair: Pair) -> None:
    asked(pair)
    assert of(samples(pair.jp), "duties_overdue", agreement=pair.agreement) == 0
    pair.clock.forward(days=60)
    assert of(samples(pair.jp), "duties_overdue", agreement=pair.agreement) >= 1
