"""A label is a set of origin labels: joining loses no originator, needs no table and is the same in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import strictjson
from comity.core.errors import Malformed
from comity.labels.label import ALL, Label, OriginLabel, Pap, Tlp, join

names = st.sampled_from(["AR", "BO", "FR", "acme"])
sets = st.frozensets(names, max_size=3)
origins = st.builds(
    OriginLabel,
    origin=names,
    level=st.one_of(st.none(), st.sampled_from(["LOW", "極秘", "סודי"])),
    caveats=st.frozensets(st.sampled_from(["NO CONTRACTORS", "EYES ONLY AR-BO"])),
    rel_to=st.one_of(st.none(), st.just(ALL), sets),
    tlp=st.one_of(st.none(), st.sampled_from(Tlp)),
    pap=st.one_of(st.none(), st.sampled_from(Pap)),
    purposes=st.one_of(st.none(), sets),
    personal=st.booleans(),
)
labels = st.frozensets(origins, min_size=1, max_size=4).map(Label)


@given(labels, labels, labels)
def test_joining_is_a_semilattice(one: Label, two: Label, three: Label) -> None:
    assert one.join(two.join(three)) == one.join(two).join(three)
    assert one.join(two) == two.join(one)
    assert one.join(one) == one
    assert join([one, two, three]) == one.join(two).join(three)


@given(labels, labels)
def test_a_source_never_drops_an_originator_or_what_it_said(one: Label, two: Label) -> None:
    both = one.join(two)
    assert one.parties | two.parties == both.parties
    assert one.origins <= both.origins


@given(labels)
def test_json_round_trip(label: Label) -> None:
    raw = strictjson.canonical(label.as_json())
    assert Label.from_json(strictjson.parse(raw)) == label
    assert strictjson.canonical(Label.from_json(label.as_json()).as_json()) == raw


def test_a_label_names_somebody() -> None:
    with pytest.raises(Malformed, match="at least one origin"):
        Label(frozenset())


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [],
        [{}],
        [{"origin": ""}],
        [{"origin": "AR", "colour": "red"}],
        [{"origin": "AR", "level": ""}],
        [{"origin": "AR", "tlp": "TLP:PINK"}],
        [{"origin": "AR", "pap": "PAP:PINK"}],
        [{"origin": "AR", "tlp": 4}],
        [{"origin": "AR", "rel_to": "SOME"}],
        [{"origin": "AR", "caveats": ["A", "A"]}],
        [{"origin": "AR", "personal": "yes"}],
    ],
)
def test_what_is_unknown_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        Label.from_json(value)


@pytest.mark.parametrize(
    ("text", "tlp"), [("TLP:WHITE", Tlp.CLEAR), ("amber+strict", Tlp.AMBER_STRICT), ("RED", Tlp.RED)]
)
def test_tlp_spellings(text: str, tlp: Tlp) -> None:
    assert Tlp.of(text) is tlp
    assert Tlp.of(tlp.text) is tlp
