"""An authenticated envelope is let in only under a version both signed, in this node's world, for what passes now."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from comity.agreement.instrument import AgreementRef
from comity.exchange import acceptance
from comity.exchange.acceptance import Force, Version
from comity.exchange.body import Body, Void
from comity.exchange.envelope import Envelope
from comity.exchange.lane import Mode
from comity.exchange.signature import Keys
from tests.exchange.scene import KEYS, NOW, SKEW, a_batch, an_agreement, received
from tests.keys import signer

V1, V2 = AgreementRef("AA-BB", 1), AgreementRef("AA-BB", 2)
STIX, RECALL = frozenset({"cyber.stix/1"}), frozenset({"recall/1"})
BOTH = frozenset({"AA", "BB"})
ELSEWHERE: Keys = {"AA": KEYS["AA"], "CC": (signer("CC").public,)}


def version(force: Force = Force.IN_FORCE, n: int = 1, **changes: Any) -> Version:
    given = Version(an_agreement(version=n), BOTH, force, STIX, RECALL)
    return replace(given, **changes)


ITEMS, VOID = a_batch(), Void("x")


@dataclass(frozen=True)
class Case:
    then: str | None
    body: Body = field(default=ITEMS)
    versions: dict[AgreementRef, Version] = field(default_factory=lambda: {V1: version()})
    header: dict[str, Any] = field(default_factory=dict)
    mode: Mode = Mode.ACTUAL


CASES = {
    "in force": Case(None),
    "a version nobody knows": Case("no-such-agreement", versions={}),
    "only the sender signed it": Case("no-such-agreement", versions={V1: version(signed_by=frozenset({"AA"}))}),
    "an agreement between others": Case(
        "no-such-agreement",
        versions={V1: version(agreement=an_agreement(ELSEWHERE), signed_by=frozenset({"AA", "CC"}))},
    ),
    "a drill, here in the real world": Case("wrong-mode", header={"mode": Mode.EXERCISE}),
    "the real world, here in a drill": Case("wrong-mode", mode=Mode.EXERCISE),
    "a drill in a drill": Case(None, header={"mode": Mode.EXERCISE}, mode=Mode.EXERCISE),
    "as late as it likes": Case(None, header={"at": NOW - timedelta(days=400)}),
    "ahead, within the tolerance": Case(None, header={"at": NOW + SKEW}),
    "ahead, beyond it": Case("clock-ahead", header={"at": NOW + SKEW + timedelta(microseconds=1)}),
    "a kind no annex covers": Case("kind-not-covered", versions={V1: version(kinds=RECALL)}),
    "not in force yet": Case("agreement-not-yet", versions={V1: version(Force.NOT_YET)}),
    "suspended": Case("agreement-suspended", versions={V1: version(Force.SUSPENDED)}),
    "suspended, what continues": Case(None, versions={V1: version(Force.SUSPENDED, continues=STIX)}),
    "suspended, a void": Case(None, VOID, versions={V1: version(Force.SUSPENDED)}),
    "ended": Case("agreement-ended", versions={V1: version(Force.ENDED)}),
    "ended, what survives": Case(None, versions={V1: version(Force.ENDED, continues=STIX)}),
    "superseded, and both allow it": Case(None, versions={V1: version(Force.SUPERSEDED), V2: version(n=2)}),
    "superseded, and the new one bars it": Case(
        "kind-not-covered", versions={V1: version(Force.SUPERSEDED), V2: version(n=2, kinds=RECALL)}
    ),
    "superseded by a wider one": Case(
        "kind-not-covered", versions={V1: version(Force.SUPERSEDED, kinds=RECALL), V2: version(n=2)}
    ),
    "superseded by one that is suspended": Case(
        "agreement-suspended", versions={V1: version(Force.SUPERSEDED), V2: version(Force.SUSPENDED, 2)}
    ),
    "a successor that is not in force yet": Case(None, versions={V1: version(), V2: version(Force.NOT_YET, 2)}),
    "another agreement's suspension": Case(
        None, versions={V1: version(), AgreementRef("AA-CC", 9): version(Force.SUSPENDED)}
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_ground_has_its_code(case: Case) -> None:
    refusal = acceptance.refusal(received(case.body, **case.header), case.versions, case.mode, NOW, SKEW)
    assert (refusal.code if refusal else None) == case.then


def test_a_stranger_to_an_agreement_is_not_told_that_it_exists() -> None:
    told = set()
    others = version(agreement=an_agreement(ELSEWHERE), signed_by=frozenset({"AA", "CC"}))
    for versions in ({}, {V1: others}, {V1: version(signed_by=frozenset())}):
        refusal = acceptance.refusal(received(ITEMS), versions, Mode.ACTUAL, NOW, SKEW)
        assert refusal is not None
        told.add((refusal.code, refusal.text))
    assert len(told) == 1


def test_the_key_is_one_the_text_names_or_that_was_announced() -> None:
    envelope: Envelope = replace(received(ITEMS), kid=signer("AA second").public.kid)
    refusal = acceptance.refusal(envelope, {V1: version()}, Mode.ACTUAL, NOW, SKEW)
    assert refusal is not None
    assert refusal.code == "key-not-named"
    announced = frozenset({signer("AA second").public.kid})
    assert acceptance.refusal(envelope, {V1: version()}, Mode.ACTUAL, NOW, SKEW, announced) is None


def test_a_recall_passes_beside_what_does_not() -> None:
    """Under suspension one barred item must not hold back a recall in the same envelope (law 12)."""
    batch = a_batch(2)
    body = replace(batch, items=(batch.items[0], replace(batch.items[1], kind="recall/1")))
    versions = {V1: version(Force.SUSPENDED)}
    assert acceptance.refusal(received(body), versions, Mode.ACTUAL, NOW, SKEW) is None
    barred = acceptance.kind_refusal("cyber.stix/1", V1, versions)
    assert barred is not None
    assert barred.code == "agreement-suspended"
    assert acceptance.kind_refusal("recall/1", V1, versions) is None
