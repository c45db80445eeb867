"""A STIX object is accepted only if schema, semantics and pattern all hold; a refusal names the property."""

import pytest

from comity.annexes.cyber import STIX
from comity.core.errors import Malformed
from tests.annexes.cyber.vectors import bad, good, raw


@pytest.mark.parametrize("name", good())
def test_a_good_object_is_accepted(name: str) -> None:
    assert STIX.parse(raw(good()[name])).value == good()[name]


@pytest.mark.parametrize("name", bad())
def test_a_bad_object_is_refused_with_its_sentence(name: str) -> None:
    value, says = bad()[name]
    with pytest.raises(Malformed) as refusal:
        STIX.parse(raw(value))
    assert says in refusal.value.message
    assert len(refusal.value.message) < 1000


@pytest.mark.parametrize("value", [None, 1, "text", [], [{"type": "indicator"}], {}])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        STIX.parse(raw(value))


def test_several_faults_are_told_at_once() -> None:
    value = {**good()["indicator"], "confidence": 101, "revoked": "no"}
    with pytest.raises(Malformed, match=r"(?s)confidence.*revoked|revoked.*confidence"):
        STIX.parse(raw(value))


def test_the_version_is_the_last_change_and_an_observable_has_none() -> None:
    assert STIX.identity(STIX.parse(raw(good()["indicator"]))).ext_ver == "2027-03-02T08:00:00.000Z"
    assert STIX.identity(STIX.parse(raw(good()["statement definition"]))).ext_ver == "2027-01-01T00:00:00.000Z"
    assert STIX.identity(STIX.parse(raw(good()["domain name"]))).ext_ver == ""


def test_a_description_shows_title_type_and_text() -> None:
    summary = STIX.describe(STIX.parse(raw(good()["indicator"])))
    assert summary.title == "Forged invoice sender"
    assert summary.facts["type"] == "indicator"
    assert "[domain-name:value = 'invoices.example']" in summary.text
    assert "indicates" in STIX.describe(STIX.parse(raw(good()["relationship"]))).title
    assert STIX.describe(STIX.parse(raw(good()["revoked"]))).facts["revoked"] == "true"
