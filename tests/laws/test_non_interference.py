"""Law 4: what a partner observes is a function of what it was released; withheld and absent are the same to the byte.

Two worlds, one with withheld things strewn among the others, give the partner the same envelopes, receipts, pages and
errors. Signatures, salts, handles and encapsulations come from seeded ports, so that whole messages can be compared.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comity.acts import deliver, intake, pull, refusals, standing
from comity.acts.node import Node
from comity.acts.refusals import Word
from comity.exchange import pull as pulls
from comity.exchange.lane import Lane, Mode
from comity.exchange.pull import Pull
from comity.labels.label import Tlp
from tests.acts.refusing import as_whole, refused, taking
from tests.acts.things import (
    BEYOTER,
    SHAMUR,
    bundle,
    document,
    note,
    origin,
    portion,
    question,
    relation,
    report,
    stix,
)
from tests.joined import DANA, PLACE, Pair, pair_in, standing_release
from tests.laws.worlds import Memory, World, world

RED = [stix("malware", f"red{n}", Tlp.RED) for n in range(3)]
SEEN = [stix("malware", f"green{n}") for n in range(3)]
LATER = stix("malware", "later", modified="2027-03-02T07:00:00.000Z")


def cyber(
    *values: dict[str, object], source: str = "own-cyber", purpose: str | None = None
) -> Callable[[Node], object]:
    return lambda node: intake.take(node, bundle(*values), source, DANA, purpose=purpose)


def paper(raw: bytes) -> Callable[[Node], object]:
    return lambda node: intake.take(node, raw, "own-intelligence", DANA)


def tear(name: str) -> bytes:
    parts = [portion("above", origin(BEYOTER)), portion("below", origin(SHAMUR, rel_to=["IL", "JP"]))]
    return report(name, *parts, tear_line=["below"])


VISIBLE: dict[str, Callable[[Node], object]] = {
    **{f"green {n}": cyber(SEEN[n]) for n in range(3)},
    "two at once": cyber(stix("malware", "a", Tlp.CLEAR), stix("malware", "b", Tlp.AMBER)),
    "names a red thing in a list": cyber(note("n1", [SEEN[0], RED[0]])),
    "names two red things": cyber(SEEN[1], note("n2", [RED[1], SEEN[1], RED[2]])),
    "related": cyber(relation("r1", SEEN[0], SEEN[2])),
    "waits for what may come": cyber(relation("r2", SEEN[1], LATER)),
    "comes later": cyber(LATER),
    "below the tear line": paper(tear("R-1")),
    "a question": paper(question("Q-1", "IL")),
    "six": cyber(*[stix("identity", f"six{n}", Tlp.CLEAR) for n in range(6)]),
}
"""What Japan may have, wholly or in part. Some name things that it may not have."""

HIDDEN: dict[str, Callable[[Node], object]] = {
    **{f"red {n}": cyber(RED[n]) for n in range(3)},
    "above the ceiling": paper(report("H-1", portion("all", origin(BEYOTER)))),
    "amber+strict": cyber(stix("campaign", "strict", Tlp.AMBER_STRICT)),
    "a third state's": paper(report("H-2", portion("all", origin(SHAMUR), {"origin": "XX", "level": "XX-SECRET"}))),
    "for other eyes": paper(report("H-3", portion("all", origin(SHAMUR, rel_to=["IL"])))),
    "personal": paper(report("H-4", portion("all", origin(SHAMUR, personal=True)))),
    "another purpose": cyber(stix("campaign", "commerce"), purpose="commerce"),
    "unmarked": cyber(stix("campaign", "unmarked", None)),
    "malformed": cyber(stix("indicator", "broken", pattern="[")),
    "no profile": cyber(stix("campaign", "nobody's"), source="nobody"),
    "a clash": cyber(stix("campaign", "strict", Tlp.RED, description="other bytes")),
    "an answer to nobody": paper(
        document(
            "decline", "H-5", re="ab" * 16, cite="house:1", words="No.", label=[{"origin": "IL", "level": BEYOTER}]
        )
    ),
    "waits for ever": cyber(relation("h1", SEEN[0], RED[0])),
    "a list of nothing else": cyber(note("h2", [RED[0], RED[1]])),
    "a newer version that is red": cyber(stix("malware", "green0", Tlp.RED, modified="2027-04-01T07:00:00.000Z")),
    "many red": cyber(*[stix("identity", f"many{n}", Tlp.RED) for n in range(7)]),
}
"""What Japan may not have, for every reason there is."""


def withdraw(node: Node) -> None:
    for one in standing.listed(node, "IL-JP-FICTION"):
        standing.withdraw(node, "IL-JP-FICTION", one.id, DANA)


def withdraw_and_sign(node: Node, name: str) -> None:
    withdraw(node)
    standing.sign(node, standing_release(node, name, ("cyber.*", "intelligence.*")), DANA)


@dataclass(frozen=True)
class Step:
    """One thing that happens. `hidden` ones happen in one world only."""

    name: str
    hidden: bool = False


FOLLOW, DELIVER, FACT, ASK, PULL = Step("(follow)"), Step("(deliver)"), Step("(fact)"), Step("(ask)"), Step("(pull)")
REFUSE, RETRY, CLOSE = Step("(refuse)"), Step("(retry)"), Step("(close)")
ACTS = (FOLLOW, DELIVER, FACT, ASK, PULL, REFUSE, RETRY, CLOSE)


def play(made: World, steps: Sequence[Step]) -> list[bytes]:
    """Does the steps; everything that Japan saw."""
    number = 0
    for step in steps:
        number += not step.hidden
        match step:
            case Step("(follow)" | "(deliver)"):
                (made.follow if step == FOLLOW else made.deliver)()
            case Step("(fact)"):
                withdraw_and_sign(made.taker, f"fact-{number}")
            case Step("(close)"):
                withdraw(made.taker)
            case Step("(ask)"):
                intake.take(made.pair.jp, question(f"J-{number}"), "own-intelligence", DANA)
            case Step("(refuse)"):
                refuse(made.pair)
            case Step("(retry)"):
                retry(made)
            case Step("(pull)"):
                pull_everything(made, number)
            case Step(name):
                (HIDDEN | VISIBLE)[name](made.taker)
    made.follow()
    made.deliver()
    pull_everything(made, number + 1)
    return made.seen


def refuse(pair: Pair) -> None:
    """What is due is sent, and Japan refuses it."""
    pair.cables[0].twist = as_whole(pair, "agreement-suspended")
    deliver.deliver_due(pair.il, pair.agreement)
    pair.cables[0].twist = taking


def retry(made: World) -> None:
    if refused(made.pair):
        refusals.say(made.taker, made.pair.agreement, Word.RETRY, DANA)


def pull_everything(made: World, number: int) -> None:
    """Japan asks for each chain from its beginning, and for an agreement of which it has only heard."""
    pair = made.pair
    for agreement, lane in ((pair.agreement, Lane.ROUTINE), (pair.agreement, Lane.PRIORITY), ("IL-XX", Lane.ROUTINE)):
        nonce = number.to_bytes(8) + lane.value.encode()[:8].ljust(8)
        nonce = nonce if agreement == pair.agreement else b"x" * 8 + nonce[:8]
        asked = Pull("JP", "IL", agreement, Mode.ACTUAL, lane, 1, 0, pair.clock.now, nonce)
        made.knock(PLACE + pull.PULL, pulls.seal(asked, pair.jp.vault))


def told_apart(steps: Sequence[Step]) -> tuple[list[bytes], list[bytes]]:
    """What Japan sees where hidden things happen, and where they do not."""
    seen = []
    memory: Memory = {}
    with tempfile.TemporaryDirectory(prefix="comity-worlds-") as name:
        folder = Path(name)
        with pair_in(folder / "first"):
            pass
        shutil.copytree(folder / "first", folder / "second")
        for place, chosen in (("first", steps), ("second", [step for step in steps if not step.hidden])):
            with world(folder / place, memory) as made:
                seen.append(play(made, chosen))
    return seen[0], seen[1]


def each(names: Sequence[str], *, hidden: bool = False) -> list[Step]:
    return [Step(name, hidden) for name in names]


visible = st.lists(st.sampled_from(sorted(VISIBLE)), min_size=1, max_size=5, unique=True).map(each)
hidden = st.lists(st.sampled_from(sorted(HIDDEN)), min_size=1, max_size=5, unique=True)


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Visible things and acts in some order, hidden things strewn anywhere among them."""
    steps = draw(visible)
    for act in draw(st.lists(st.sampled_from(ACTS), max_size=4)):
        steps.insert(draw(st.integers(0, len(steps))), act)
    for name in draw(hidden):
        steps.insert(draw(st.integers(0, len(steps))), Step(name, hidden=True))
    return steps


BETWEEN = [*each(["red 0", "waits for ever"], hidden=True), *each(["six", "names a red thing in a list", "green 0"])]
BEHIND = [*each(["names two red things", "six"]), *each(["red 1", "red 2"], hidden=True), *each(["green 0"])]
AFTER_A_FACT = [*each(["green 1"]), *each(["unmarked", "many red"], hidden=True), FOLLOW, FACT, *each(["related"])]
REFUSED = [*each(["green 0"]), *each(["red 0"], hidden=True), FOLLOW, REFUSE, *each(["green 1"]), FACT, REFUSE, RETRY]
OPENED = [
    *[
        CLOSE,
        *each(["green 0", "names a red thing in a list"]),
        *each(["red 0", "many red", "waits for ever"], hidden=True),
    ],
    *[*each(["six", "related"]), *each(["red 1"], hidden=True), *each(["green 2"]), FOLLOW, FACT, *each(["green 1"])],
]
"""All is withheld, then most of it may go: it is asked again in pieces, between things that may never go."""
ASKED = [ASK, *each(["an answer to nobody"], hidden=True), FOLLOW, DELIVER, *each(["a question"])]


@pytest.mark.slow
@settings(max_examples=14, deadline=None, derandomize=True)
@example(BETWEEN)
@example(BEHIND)
@example(AFTER_A_FACT)
@example(ASKED)
@example(REFUSED)
@example(OPENED)
@given(histories())
def test_withheld_and_absent_are_the_same_to_the_byte(steps: list[Step]) -> None:
    there, absent = told_apart(steps)
    assert there == absent


def test_the_comparison_sees_something() -> None:
    """The worlds are no empty rooms: what is released, answered and pulled is in what is compared, and a difference
    in what is released is a difference."""
    steps = [*each(["green 0", "below the tear line"]), ASK]
    there, absent = told_apart([*steps, Step("green 1", hidden=True)])
    assert len(there) >= 5
    assert there != absent


def test_everything_hidden_is_hidden() -> None:
    """Each of them alone brings Japan nothing: no envelope at all."""
    there, absent = told_apart(each(sorted(HIDDEN), hidden=True))
    assert there == absent
