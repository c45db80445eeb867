"""A party's own rules bar and refer from the moment they are written, and nothing of them reaches a partner."""

from dataclasses import replace

from comity.acts import explaining, follow, policies
from comity.acts.alarms import alarms
from comity.acts.figures import Known, gather
from comity.core import strictjson
from comity.release.cache import DecisionCache
from tests.acts.policied import folder, rule, write
from tests.acts.things import holds, origin, portion, report, stix, take, take_report
from tests.joined import NOW, Pair

CYBER = 'resource.field == "cyber"'
SECRET_WORD = "KOHLMEISE"


def sent(pair: Pair) -> bytes:
    return b"".join(pair.cables[0].posts)


def test_what_a_rule_bars_stays_and_the_rule_is_cited(pair: Pair) -> None:
    write(pair, rule("no-cyber", CYBER, reason="not this year"))
    take(pair.il, stix("malware", "one"))
    pair.settle()
    assert holds(pair.jp, "IL") == {}
    shown = explaining.explain(pair.il, stix("malware", "one")["id"], "JP")
    assert (shown.outcome, shown.articles[0]) == ("deny", "policy:no-cyber")
    assert any("not this year" in sentence for sentence in shown.sentences)


def test_what_a_rule_refers_waits_for_a_person(pair: Pair) -> None:
    write(pair, rule("ask", CYBER, refer="chief"))
    take(pair.il, stix("malware", "one"))
    pair.settle()
    assert holds(pair.jp, "IL") == {}
    assert explaining.explain(pair.il, stix("malware", "one")["id"], "JP").outcome == "refer"


def test_a_silent_policy_changes_nothing_but_the_record(pair: Pair) -> None:
    write(pair, rule("other", 'principal in Party::"KR"'))
    take(pair.il, stix("malware", "one"))
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 1
    with pair.il.agreements(pair.agreement).reader() as reader:
        [release] = reader.releases("JP", 0, 10)
        row = reader.decision(release.did)
    assert row is not None
    named = strictjson.parse(row.body)["question"]["policy"]
    assert named.endswith("@cedarpy/4.12.2")
    assert policies.text_of(pair.il, named) == {"national.cedar": rule("other", 'principal in Party::"KR"')}


def test_a_rule_written_later_voids_what_is_queued_and_another_change_lets_it_go(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    assert follow.follow(pair.il, pair.agreement).released == 1
    write(pair, rule("no-cyber", CYBER))
    pair.settle()
    assert holds(pair.jp, "IL") == {}
    write(pair, rule("no-cyber", "resource.level >= 3"))
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 1


def test_a_change_is_an_entry_of_the_house_log_once(pair: Pair) -> None:
    assert policies.note(pair.il) is False
    write(pair, rule("no-cyber", CYBER))
    assert [policies.note(pair.il), policies.note(pair.il)] == [True, False]
    with pair.il.house.reader() as house:
        [fact] = house.facts(policies.FACT, "IL")
    assert fact.valid_from == NOW


def test_a_policy_that_does_not_load_stops_every_release_and_calls_an_officer(pair: Pair) -> None:
    take(pair.il, stix("malware", "queued"))
    follow.follow(pair.il, pair.agreement)
    write(pair, rule("half", "resource.nosuch"))
    take(pair.il, stix("malware", "new"))
    pair.settle()
    assert holds(pair.jp, "IL") == {}
    shown = explaining.explain(pair.il, stix("malware", "new")["id"], "JP")
    assert (shown.outcome, shown.articles[0]) == ("deny", "house:1")
    [alarm] = [one for one in alarms(gather(pair.il, Known()), NOW) if one.code == "policy-fault"]
    assert "nosuch" in alarm.sentence
    write(pair, "// nothing")
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 2


def test_a_folder_that_is_gone_ends_no_policy(pair: Pair) -> None:
    """Deleting it, or restoring a node without it, must not open what the rules barred."""
    write(pair, rule("no-cyber", CYBER))
    take(pair.il, stix("malware", "one"))
    pair.settle()
    (folder(pair, pair.il) / "national.cedar").unlink()
    folder(pair, pair.il).rmdir()
    take(pair.il, stix("malware", "two"))
    pair.settle()
    pair.settle()
    assert holds(pair.jp, "IL") == {}
    assert "policy/ is gone" in str(gather(pair.il, Known()).policy_fault)
    folder(pair, pair.il).mkdir()
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 2


def test_the_policy_is_asked_about_what_would_go(pair: Pair) -> None:
    """A rule against a level says nothing about the copy from which that level was left out."""
    write(pair, rule("high", "resource.level >= 4"))
    low, high = portion("a", origin("שמור")), portion("b", origin("סודי ביותר"), text="FICTIONAL HIGH.")
    take_report(pair.il, report("R-1", low, high))
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 1
    write(pair, rule("any", "resource.level >= 1"))
    take_report(pair.il, report("R-2", low, high))
    pair.settle()
    assert explaining.explain(pair.il, "R-2", "JP").articles[0] == "policy:any"
    assert len(holds(pair.jp, "IL")) == 1


def test_nothing_of_it_reaches_a_partner(pair: Pair) -> None:
    """Barred by a rule, barred by an article, or not there at all: the partner sees the same (law 4)."""
    write(
        pair,
        rule(SECRET_WORD, 'resource.kind == "cyber.stix/1" && resource.tlp == 0', reason=SECRET_WORD, refer="chief"),
    )
    write(pair, rule(SECRET_WORD, "resource has tlp && resource.tlp == 1", reason=SECRET_WORD))
    take(pair.il, stix("malware", "barred"))
    pair.settle()
    assert sent(pair) == b""
    write(pair, "// nothing")
    pair.settle()
    assert SECRET_WORD.encode() not in sent(pair)
    assert b"cedarpy" not in sent(pair)
    assert b"policy" not in sent(pair)


def test_an_answer_remembered_without_a_policy_is_not_used_under_one(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    node = replace(pair.il, cache=DecisionCache())
    assert follow.follow(node, pair.agreement).released == 1
    write(pair, rule("no-cyber", CYBER))
    take(pair.il, stix("malware", "two"))
    assert follow.follow(node, pair.agreement).released == 0
