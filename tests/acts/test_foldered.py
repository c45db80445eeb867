"""Decisions taken along in an evidence folder are asked again without the node, and a partner's folder has none."""

import pytest

from comity import cedar
from comity.acts import evidence, foldered
from comity.acts.replaying import ALL
from comity.core.errors import Absent
from comity.labels.label import Tlp
from comity.ledger.evidence import HOUSE
from tests.acts.policied import rule, write
from tests.acts.things import stix, take
from tests.joined import Pair

Files = dict[str, bytes]


@pytest.fixture
def folder(pair: Pair) -> Files:
    """What Israel decided, some of it under rules of its own."""
    take(pair.il, stix("malware", "goes"), stix("malware", "stays", Tlp.RED))
    pair.settle()
    write(pair, rule("stop", "resource.personal", reason="FICTIONAL. Nobody's data."))
    take(pair.il, stix("malware", "later", Tlp.GREEN))
    pair.settle()
    return {**evidence.gather(pair.il, pair.agreement), **foldered.gather(pair.il, pair.agreement)}


def test_every_decision_is_asked_again_from_files_alone(folder: Files) -> None:
    again = list(foldered.replay(folder, ALL, cedar.load_kept))
    assert len(again) >= 3
    assert {one.again.outcome for one in again if one.again} >= {"allow", "deny"}
    assert not any(one.differences for one in again)
    assert {one.again.question.policy is None for one in again if one.again and one.again.question} == {True, False}


def test_the_folder_verifies_with_and_without_them(folder: Files) -> None:
    assert evidence.check(folder).verified
    assert evidence.check({path: raw for path, raw in folder.items() if not path.startswith(HOUSE)}).verified


def test_what_is_meant_for_a_partner_has_none_of_it(pair: Pair) -> None:
    take(pair.il, stix("malware", "goes"), stix("malware", "stays", Tlp.RED))
    pair.settle()
    assert not any(HOUSE in path for path in evidence.gather(pair.il, pair.agreement))


def test_an_altered_decision_is_a_fault_and_is_named_when_asked_again(folder: Files) -> None:
    path = next(path for path in folder if path.startswith(foldered.DECISIONS))
    altered = {**folder, path: folder[path].replace(b'"allow"', b'"deny" ').replace(b'"deny"', b'"refer"', 1)}
    assert [fault.where for fault in evidence.check(altered).faults] == [path]
    [found] = [one for one in foldered.replay(altered, ALL, cedar.load_kept) if one.differences]
    assert "altered" in found.differences[0]


def test_without_a_text_or_the_rules_nothing_is_claimed(folder: Files) -> None:
    for left_out, says in ((foldered.TEXTS, "not at hand"), (foldered.POLICIES, "not at hand")):
        less = {path: raw for path, raw in folder.items() if not path.startswith(left_out)}
        told = [one.differences[0] for one in foldered.replay(less, ALL, cedar.load_kept) if one.differences]
        assert told
        assert all(says in one for one in told)


def test_a_folder_without_it_says_so(folder: Files) -> None:
    with pytest.raises(Absent, match="no decision ffff"):
        list(foldered.replay(folder, "ffff" * 16, cedar.load_kept))
