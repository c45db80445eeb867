"""Whatever two capitals tell, give, answer and let go of, in whatever order: both registers are the same."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.acts import announcing, deliver, discharging, duties, follow
from comity.acts.node import Node
from comity.core.errors import ComityError
from comity.release.register import SETTLED_BY, Evidence, signer
from tests.acts.crossing import records
from tests.acts.duteous import both, signed, tell
from tests.acts.things import SHAMUR, document, portion, report, stix, take, take_report, write
from tests.joined import DANA, Pair, pair_in

pytestmark = pytest.mark.slow
TOLD = (
    "amendment-proposed",
    "authority-changed",
    "law-changed",
    "suspension",
    "comity-suspension-lifted",
    "non-renewal-notice",
    "termination-notice",
)
Step = tuple[str, bool, int]
STEPS = st.tuples(
    st.sampled_from(("tell", "name", "give", "report", "feedback", "settle", "free", "object", "wait", "lose", "half")),
    st.booleans(),
    st.integers(0, len(TOLD) - 1),
)


def sides(pair: Pair, first: bool) -> tuple[Node, Node]:
    return (pair.il, pair.jp) if first else (pair.jp, pair.il)


def one_tells(pair: Pair, node: Node, _other: Node, pick: int) -> None:
    tell(pair, node, TOLD[pick])


def one_names(pair: Pair, node: Node, _other: Node, pick: int) -> None:
    tell(pair, node, "authority-changed", new=f"FICTIONAL office {pick}")


def one_gives(pair: Pair, node: Node, _other: Node, pick: int) -> None:
    if node is pair.il:
        name = f"thing-{pick}-{pair.clock.now:%d%H%M}"
        take(node, *(stix("indicator", f"{name}-{n}") for n in range(pick + 1)))


def one_reports(pair: Pair, node: Node, _other: Node, pick: int) -> None:
    level = SHAMUR if node is pair.il else "秘"
    name = f"R-{node.party}-{pick}-{pair.clock.now:%d%H%M}"
    take_report(node, report(name, portion("all", {"origin": node.party, "level": level})))


def one_says(pair: Pair, node: Node, other: Node, pick: int) -> None:
    got = [one for one in records(node, other.party) if one.handle is not None]
    if got:
        name = f"F-{node.party}-{pick}-{pair.clock.now:%d%H%M}"
        write(node, document("feedback", name, node.party, re=got[pick % len(got)].handle, verdict="useful"))


def one_settles(pair: Pair, node: Node, _other: Node, pick: int) -> None:
    able = [
        (one.row.id, kind)
        for one in duties.register(node)
        if one.row.state == "open"
        for kind in sorted(SETTLED_BY[one.row.duty] - {Evidence.CERTIFICATE, Evidence.RECEIPT})
        if signer(kind, one.row.actor, one.agreement) == node.party and one.row.trigger <= pair.clock.now
    ]
    if able:
        duty_id, kind = able[pick % len(able)]
        discharging.settle(node, duty_id, b"FICTIONAL. What we did.", DANA, kind)


def one_lets_go(pair: Pair, node: Node, other: Node, pick: int) -> None:
    theirs = [one.row for one in duties.register(node) if not one.ours]
    scopes = ["kind:cyber.*", "article:7(8)", *(row.id for row in theirs), *(row.about for row in theirs)]
    scopes += [str(one.handle) for one in records(other, node.party)]
    tell(pair, node, "released-from-duty", scope=scopes[(pick * 7) % len(scopes)])


def one_objects(pair: Pair, node: Node, other: Node, pick: int) -> None:
    told = [one for one in announcing.listed(node, pair.agreement) if one.by == other.party]
    if told:
        announcing.contest(node, told[pick % len(told)].id, "FICTIONAL. No.", DANA, stands=pick % 2 == 0)


def time_passes(pair: Pair, _node: Node, _other: Node, pick: int) -> None:
    pair.clock.forward(**timedelta_of(pick))


def timedelta_of(pick: int) -> dict[str, float]:
    return {"minutes": 7} if pick < 3 else {"days": 3 * pick}


def an_answer_is_lost(pair: Pair, node: Node, _other: Node, _pick: int) -> None:
    cable = pair.cables[0] if node is pair.il else pair.cables[1]
    cable.deaf = True
    follow.follow(node, pair.agreement)
    deliver.deliver_due(node, pair.agreement)
    cable.deaf = False
    pair.clock.forward(minutes=31)


def one_works_alone(pair: Pair, node: Node, _other: Node, _pick: int) -> None:
    follow.follow(node, pair.agreement)


DOES: dict[str, Callable[[Pair, Node, Node, int], None]] = {
    "tell": one_tells,
    "name": one_names,
    "give": one_gives,
    "report": one_reports,
    "feedback": one_says,
    "settle": one_settles,
    "free": one_lets_go,
    "object": one_objects,
    "wait": time_passes,
    "lose": an_answer_is_lost,
    "half": one_works_alone,
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=3, max_size=9))
def test_both_registers_are_the_same_after_any_sequence(steps: list[Step]) -> None:
    with TemporaryDirectory() as folder, pair_in(Path(folder), signed=False) as pair:
        signed(pair)
        for what, first, pick in steps:
            try:
                DOES[what](pair, *sides(pair, first), pick)
            except ComityError:
                continue
            if pick % 2:
                pair.settle()
            pair.clock.forward(minutes=1)
        pair.clock.forward(hours=2)
        pair.settle()
        both(pair)
        pair.clock.forward(days=1)
        pair.settle()
        assert all(row.trigger - timedelta(days=3) <= pair.clock.now for row in both(pair))
