"""The status says in figures what stands: what went, what waits, what stays and by which article, what is wrong."""

import json
from dataclasses import replace
from datetime import timedelta

from comity.acts import contacts, deliver, follow, readiness, reporting
from comity.labels.label import Tlp
from tests.acts.things import relation, stix, take
from tests.joined import DANA, NOW, Pair, opened


def test_every_record_is_in_exactly_one_figure(pair: Pair) -> None:
    kept, barred = stix("malware", "kept"), stix("malware", "barred", Tlp.RED)
    taken = take(pair.il, kept, barred, relation("r", kept, barred), stix("malware", "unmarked", None)).taken
    pair.settle()
    found = reporting.report(pair.il)
    [one] = found.agreements
    assert (one.released, one.waiting, one.withheld) == (1, 1, {next(iter(one.withheld)): 1})
    assert next(iter(one.withheld)).startswith("agreement:4(5)@1")
    assert taken == one.released + one.waiting + sum(one.withheld.values())
    assert (found.records, found.quarantined) == ({"live": 3, "quarantined": 1}, 1)
    assert (one.queued, one.receipts, one.refused, one.behind) == (0, 1, 0, 0)
    assert one.logs == {"ours": 1, "theirs": 1}


def test_what_is_not_decided_yet_is_behind(pair: Pair) -> None:
    follow.follow(pair.il, pair.agreement)
    take(pair.il, stix("malware", "one"), stix("malware", "two"))
    [one] = reporting.report(pair.il).agreements
    assert (one.behind, one.released) == (2, 0)


def test_what_is_queued_is_counted_with_its_age(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    follow.follow(pair.il, pair.agreement)
    [one] = reporting.report(pair.il).agreements
    assert (one.queued, one.oldest_queued) == (1, "2027-03-02T09:00:00Z")


def test_quarantine_and_refusals_are_alarms(pair: Pair) -> None:
    assert "quarantine" not in json.dumps(reporting.report(pair.il).as_json()["alarms"])
    take(pair.il, stix("malware", "unmarked", None), stix("malware", "one"))
    fast = replace(pair.il, clock=lambda: NOW + timedelta(hours=1))
    follow.follow(fast, pair.agreement)
    deliver.deliver_due(fast, pair.agreement)
    alarms = [json.dumps(alarm) for alarm in reporting.report(pair.il).as_json()["alarms"]]
    assert any("quarantine" in alarm for alarm in alarms)
    assert any("refused" in alarm and "JP" in alarm for alarm in alarms)


def test_a_card_that_nobody_compared_is_an_alarm(pair: Pair) -> None:
    third = replace(pair.jp, party="XX")
    contacts.add(pair.il, contacts.export(third, {"en": "XX"}, ()), DANA)
    found = reporting.report(pair.il)
    assert found.unconfirmed == ("XX",)
    assert any("XX" in json.dumps(alarm) for alarm in found.as_json()["alarms"])


def test_it_can_be_written_as_json(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    pair.settle()
    assert json.loads(json.dumps(reporting.report(pair.il).as_json()))["party"] == "IL"


def test_a_node_that_lost_an_agreements_file_is_not_ready_and_says_which(pair: Pair) -> None:
    assert readiness.faults(pair.il) == []
    (pair.folder / "IL" / "agreements" / f"{pair.agreement}.db").unlink()
    with opened(pair.folder) as again:
        [fault] = readiness.faults(again.il)
        assert pair.agreement in fault
        assert readiness.faults(again.jp) == []
