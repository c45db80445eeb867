"""A mandate is given by another person, and what is delegated never lives longer or reaches further."""

from dataclasses import replace
from datetime import timedelta

import pytest

from comity.acts import mandates
from comity.core.errors import Absent, Broken, Malformed, Refused
from comity.records import Fact
from tests.acts.officers import AVI, GIL, NOA, TAL, YEAR, grant, mandate
from tests.joined import NOW, Pair


def why_not(pair: Pair, name: str) -> str | None:
    with pair.il.house.reader() as house:
        return mandates.known(pair.il, house).why_not(name, pair.clock.now)


def test_nobody_gives_themselves_a_mandate(pair: Pair) -> None:
    with pytest.raises(Refused, match="cannot give a mandate to"):
        mandates.grant(pair.il, mandate(NOA), NOA)


def test_a_mandate_holds_from_its_beginning_to_its_end(pair: Pair) -> None:
    later = replace(mandate(AVI), valid_from=NOW + timedelta(hours=1), valid_until=NOW + timedelta(hours=2))
    name = mandates.grant(pair.il, later, NOA)
    assert "begins" in str(why_not(pair, name))
    pair.clock.forward(hours=1)
    assert why_not(pair, name) is None
    pair.clock.forward(hours=1)
    assert "ended" in str(why_not(pair, name))


def test_one_that_is_over_is_not_given(pair: Pair) -> None:
    with pytest.raises(Refused, match="over already"):
        mandates.grant(pair.il, replace(mandate(AVI), valid_from=NOW - YEAR, valid_until=NOW), NOA)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"until": NOW + YEAR + timedelta(seconds=1)}, "own mandate ends"),
        ({"level": "TOP SECRET"}, "reaches SECRET only"),
        ({"annexes": ("cyber", "crisis")}, "does not cover the annex crisis"),
        ({"role": "general"}, "cannot be delegated as general"),
        ({"emergency": True}, "not for emergencies"),
    ],
)
def test_nothing_is_delegated_beyond_what_one_has(pair: Pair, more: dict[str, object], why: str) -> None:
    name = grant(pair, AVI)
    with pytest.raises(Refused, match=why):
        mandates.delegate(pair.il, name, mandate(TAL, **more), AVI)  # type: ignore[arg-type]  # the members' own types


def test_only_its_holder_delegates_and_to_another_person(pair: Pair) -> None:
    name = grant(pair, AVI)
    with pytest.raises(Refused, match="mandate of person:avi"):
        mandates.delegate(pair.il, name, mandate(GIL), TAL)
    with pytest.raises(Refused, match="themselves"):
        mandates.delegate(pair.il, name, mandate(AVI), AVI)


def test_a_chain_falls_with_its_first_link(pair: Pair) -> None:
    first = grant(pair, AVI)
    second = mandates.delegate(pair.il, first, mandate(TAL, annexes=("cyber",)), AVI)
    third = mandates.delegate(pair.il, second, mandate(GIL, annexes=("cyber",)), TAL)
    assert why_not(pair, third) is None
    mandates.revoke(pair.il, first[:12], "not any more", NOA)
    assert all("person:avi as chief ended" in str(why_not(pair, name)) for name in (first, second, third))
    with pytest.raises(Refused, match="nothing can be delegated"):
        mandates.delegate(pair.il, third, mandate(NOA, annexes=("cyber",)), GIL)


def test_a_clearance_revoked_ends_what_begins_later_too(pair: Pair) -> None:
    later = mandates.grant(pair.il, replace(mandate(AVI), valid_from=NOW + timedelta(days=1)), NOA)
    other = grant(pair, TAL)
    assert mandates.revoke_person(pair.il, AVI.id, "clearance withdrawn", NOA) == [later]
    pair.clock.forward(days=2)
    assert "ended" in str(why_not(pair, later))
    assert why_not(pair, other) is None


def test_what_is_not_there_cannot_be_ended(pair: Pair) -> None:
    with pytest.raises(Absent):
        mandates.revoke(pair.il, "abcdef", "nothing there", NOA)
    with pytest.raises(Absent):
        mandates.revoke_person(pair.il, GIL.id, "nothing there", NOA)
    with pytest.raises(Malformed):
        mandates.revoke(pair.il, grant(pair, AVI), " ", NOA)


def test_a_mandate_that_this_node_did_not_sign_stops_everything(pair: Pair) -> None:
    """Passed over, it might be the one that ends something."""
    import hashlib

    body = b'{"payload":"e30=","payloadType":"application/vnd.comity.mandate-end+json","signatures":[]}'
    with pair.il.house.begin() as tx:
        tx.put_fact(Fact(hashlib.sha256(body).hexdigest(), mandates.END, "IL", NOW, None, body), NOA, NOW)
    with pytest.raises(Broken, match="does not verify"):
        why_not(pair, "x")
