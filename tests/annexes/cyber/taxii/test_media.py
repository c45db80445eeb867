"""Content negotiation as sections 1.6.8 and 3.1 have it: what is defined for an endpoint is never 406 or 415."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.annexes.cyber.taxii import media

GOOD = (
    "application/taxii+json;version=2.1",
    "application/taxii+json; version=2.1",
    "application/taxii+json ; version=2.1",
    'application/taxii+json;version="2.1"',
    "application/taxii+json;VERSION=2.1",
    "Application/TAXII+JSON;version=2.1",
    "application/taxii+json",
    " application/taxii+json ",
    "application/taxii+json;",
    "application/taxii+json;charset=utf-8",
    "application/taxii+json;version=2.1;charset=UTF-8",
)
ASKED = (
    *GOOD,
    "",
    "*/*",
    "application/*",
    "application/taxii+json;version=2.1,application/stix+json;version=2.1",
    "application/taxii+json;q=0.5",
    "application/taxii+json;version=2.1;q=0.1, text/html",
    "text/html, */*;q=0.001",
    "application/vnd.oasis.taxii+json;version=2.0, application/taxii+json;version=2.1",
    "text/html;level=1,,application/*;q=0.2",
    "application/taxii+json;version=2.0, application/taxii+json;version=2.1",
    "application/taxii+json;version=2.1;q=1.000",
    '*/*;q=0, application/taxii+json;x="a,b;c\\"d"',
    "application/taxii+json;version=2.2;q=1, application/taxii+json;q=0.3",
)
BAD = (
    "application/taxii+json;version=2.0",
    "application/taxii+json;version=2.10",
    "application/taxii+json;version=3.0",
    "application/taxii+json;version=",
    "application/vnd.oasis.taxii+json",
    "application/json",
    "application/stix+json;version=2.1",
    "text/html",
    "application",
    "/",
    "taxii",
    ";;;",
    "application/taxii+json/2.1",
    "application/taxii+json;version=2.1;version=2.0",
)
NOT_ASKED = (
    *BAD,
    "*/*;q=0",
    "application/taxii+json;q=0",
    "application/taxii+json;version=2.1;q=0, */*;q=1",
    "application/taxii+json;q=0.0, application/*",
    "application/taxii+json;q=2",
    "application/taxii+json;q=-1",
    "application/taxii+json;q=nan",
    "*/json",
    '"application/taxii+json"',
    'application/taxii+json;version="2.1',
    "a" * (media.MAX + 1),
)


@pytest.mark.parametrize("accept", ASKED)
def test_who_takes_our_type_is_answered(accept: str) -> None:
    assert media.acceptable(accept)


@pytest.mark.parametrize("accept", NOT_ASKED)
def test_who_takes_other_types_only_is_not(accept: str) -> None:
    assert not media.acceptable(accept)


@pytest.mark.parametrize("content_type", GOOD)
def test_a_body_of_our_type_is_read(content_type: str) -> None:
    assert media.is_taxii(content_type)


@pytest.mark.parametrize(
    "content_type", [*BAD, "", "*/*", f"{media.TAXII},{media.TAXII}", "application/taxii+json;charset=utf-16"]
)
def test_a_body_of_another_type_is_not(content_type: str) -> None:
    assert not media.is_taxii(content_type)


@given(st.text(alphabet='aptxi+json/*;,="\\ q.01v', max_size=60))
def test_any_header_is_answered_with_yes_or_no(header: str) -> None:
    assert media.acceptable(header) in (True, False)
    assert media.is_taxii(header) in (True, False)


@given(
    st.lists(st.sampled_from([one for one in NOT_ASKED if "taxii+json;" not in one and "=0" not in one]), max_size=4)
)
def test_a_range_of_ours_is_enough_whatever_stands_beside_it(others: list[str]) -> None:
    assert media.acceptable(", ".join([*(one for one in others if len(one) < 100 and '"' not in one), media.TAXII]))
