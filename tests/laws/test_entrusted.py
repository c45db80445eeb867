"""Law 5: what a partner entrusts stays theirs: under its label to the letter, and never onward without its consent."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from comity.acts import accept, agreements, explaining, follow, standing
from comity.acts.node import Node
from comity.agreement import text
from comity.labels.label import Label, OriginLabel, Tlp
from comity.wiring import open_node
from tests.acts.crossing import Forge
from tests.acts.things import document, portion, record, stix, take, write
from tests.joined import DANA, EXAMPLES, KEN, PLACE, Cable, Pair, introduce, make, standing_release

ONWARD = "IL-XX-FICTION"


@dataclass
class Three:
    """Israel between Japan and a third state, with an agreement of the same words to each side."""

    pair: Pair
    xx: Node


@pytest.fixture
def three(pair: Pair) -> Iterator[Three]:
    make(pair.folder / "XX", "XX")
    with open_node(pair.folder / "XX") as opened:
        cable = Cable(pair.il)
        xx = replace(opened, clock=pair.clock, wire=cable, partners={"IL": PLACE})
        introduce(pair.il, xx)
        introduce(xx, pair.il)
        raw = (EXAMPLES / "israel-japan" / "agreement.yaml").read_bytes()
        draft = text.from_yaml(raw.replace(b"JP", b"XX"))
        both = agreements.countersign(xx, agreements.sign(pair.il, draft, DANA), KEN)
        agreements.bring_in(pair.il, both, DANA)
        agreements.bring_in(xx, both, KEN)
        onward = replace(
            standing_release(pair.il, "onward", ("cyber.*", "intelligence.*")),
            agreement=ONWARD,
            to=frozenset({"XX-registry"}),
        )
        standing.sign(pair.il, onward, DANA)
        yield Three(pair, xx)


def onward(three: Three) -> int:
    """How much Israel releases to the third state."""
    return follow.follow(three.pair.il, ONWARD).released


def test_the_way_onward_is_open_for_ones_own(three: Three) -> None:
    take(three.pair.il, stix("malware", "ours"))
    assert onward(three) == 1


def test_a_report_of_a_partners_does_not_go_onward(three: Three) -> None:
    japan = {"origin": "JP", "level": "秘"}
    write(
        three.pair.jp, document("report", "R-1", "JP", producer="A", purpose="defence", portions=[portion("a", japan)])
    )
    three.pair.settle()
    assert onward(three) == 0
    told = explaining.explain(three.pair.il, "R-1", "XX")
    assert any("prior written consent" in sentence and "6(1)" in sentence for sentence in told.sentences)
    assert told.decision is not None
    assert any(finding.cite == "agreement:IL-JP-FICTION#6(1)@1" for finding in told.decision.findings)


def test_a_partners_threat_data_does_not_go_onward(three: Three) -> None:
    take(three.pair.jp, stix("malware", "theirs", Tlp.AMBER))
    three.pair.settle()
    assert onward(three) == 0


def test_what_is_made_from_a_partners_thing_inherits_its_bar(three: Three) -> None:
    """A report of ours with one part of theirs in it is theirs, too: the part stays, or the whole."""
    ours, theirs = {"origin": "IL", "level": "שמור"}, {"origin": "JP", "level": "秘"}
    parts = [portion("own", ours, text="OWN"), portion("part", theirs, ours, text="ENTRUSTED")]
    write(three.pair.il, document("report", "R-2", producer="A", purpose="defence", portions=parts))
    released = onward(three)
    with three.pair.il.agreements(ONWARD).reader() as reader:
        copies = [reader.body(row.copy) for row in reader.releases("XX", 0, 10)]
    assert released == len(copies) <= 1
    assert all(b"ENTRUSTED" not in copy for copy in copies)


def test_the_originators_label_is_kept_to_the_letter(pair: Pair) -> None:
    """No equivalent of ours is written over it; what our table makes of it is worked out when it is asked."""
    forge = Forge(pair)
    label = Label.of(OriginLabel("JP", level="極秘", caveats=frozenset({"EYES ONLY IL-JP"}), tlp=Tlp.AMBER))
    accept.accept(pair.il, forge.send(forge.stix(stix("malware", "one", None), label=label)))
    with pair.il.house.reader() as house:
        [kept] = house.by_ext_id(stix("malware", "one")["id"])
    assert json.loads(record(pair.il, kept.rid).class_canonical)["label"] == label.as_json()
