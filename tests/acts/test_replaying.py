"""Every decision of a node can be asked again from what it keeps; an altered or unexplained one is named."""

import hashlib
from dataclasses import replace as changed

import pytest

from comity.acts import follow
from comity.acts.replaying import ALL, replay
from comity.core import strictjson
from comity.core.errors import Absent
from comity.labels.label import Tlp
from comity.records import DecisionRow
from tests.acts.policied import rule, write
from tests.acts.things import BEYOTER, SHAMUR, origin, portion, report, stix, take, take_report
from tests.joined import Pair


def decided(pair: Pair) -> list[DecisionRow]:
    take(pair.il, stix("malware", "goes"), stix("malware", "stays", Tlp.RED))
    take_report(
        pair.il, report("R-1", portion("top", origin(BEYOTER)), portion("low", origin(SHAMUR)), tear_line=["low"])
    )
    follow.follow(pair.il, pair.agreement)
    with pair.il.agreements(pair.agreement).reader() as reader:
        return list(reader.all_decisions())


def test_years_later_the_same_answer_comes(pair: Pair) -> None:
    rows = decided(pair)
    pair.clock.forward(days=20 * 365)
    again = list(replay(pair.il, ALL))
    assert [one.did for one in again] == [row.did for row in rows]
    assert len(again) >= 3
    assert {one.again.outcome for one in again if one.again} >= {"allow", "deny", "sanitise"}
    assert not any(one.differences for one in again)


def test_one_decision_by_the_beginning_of_its_digest(pair: Pair) -> None:
    row = decided(pair)[0]
    assert [one.did for one in replay(pair.il, row.did[:16])] == [row.did]
    with pytest.raises(Absent, match="no decision ffff"):
        list(replay(pair.il, "ffffffff"))


def test_a_decision_that_the_rules_would_not_take_is_named(pair: Pair) -> None:
    """As if the rules had changed: what is kept is well named and well formed, and another answer comes."""
    row = next(row for row in decided(pair) if row.outcome == "deny")
    value = strictjson.parse(row.body)
    value["decision"]["outcome"] = "allow"
    body = strictjson.canonical(value)

    with pair.il.agreements(pair.agreement).begin() as tx:
        tx.put_decisions([changed(row, did=hashlib.sha256(body).hexdigest(), body=body)])
    found = [one for one in replay(pair.il, ALL) if one.differences]
    assert [one.differences[0] for one in found] == ["it was allow and would be deny"]


def test_a_decision_under_a_policy_is_asked_under_that_policy(pair: Pair) -> None:
    """What the rules were then is kept, whatever they are now; without their text nothing is claimed."""
    write(pair, rule("no-cyber", 'resource.field == "cyber"'))
    decided(pair)
    write(pair, rule("other", "resource.level > 4"))
    follow.follow(pair.il, pair.agreement)
    again = list(replay(pair.il, ALL))
    assert any(one.again and "policy:no-cyber" in one.again.articles for one in again)
    assert not any(one.differences for one in again)
    lost = list(replay(changed(pair.il, policy_from=lambda _files: None), ALL))
    assert all("is not at hand" in one.differences[0] for one in lost)
