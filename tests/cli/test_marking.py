"""A label in words says every axis of every originator, and an empty audience is nobody."""

import pytest

from comity.cli.marking import words
from comity.labels.label import ALL, Label, OriginLabel, Pap, Tlp


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (OriginLabel("IL"), "IL"),
        (OriginLabel("IL", "סודי", tlp=Tlp.AMBER), "IL סודי TLP:AMBER"),
        (OriginLabel("IL", rel_to=frozenset()), "IL REL TO nobody"),
        (OriginLabel("IL", rel_to=frozenset({"JP", "IL"})), "IL REL TO IL, JP"),
        (OriginLabel("mitre.org", rel_to=ALL, tlp=Tlp.CLEAR), "mitre.org TLP:CLEAR REL TO ALL"),
        (OriginLabel("JP", "極秘", frozenset({"EYES ONLY"}), pap=Pap.RED), "JP 極秘 EYES ONLY PAP:RED"),
        (OriginLabel("JP", purposes=frozenset({"defence"}), personal=True), "JP for defence personal data"),
    ],
)
def test_one_originator(label: OriginLabel, said: str) -> None:
    assert words(Label.of(label)) == said


def test_several_originators_stand_in_one_order() -> None:
    one, other = OriginLabel("IL", "שמור"), OriginLabel("JP", "秘")
    assert words(Label.of(other, one)) == words(Label.of(one, other)) == "IL שמור + JP 秘"
