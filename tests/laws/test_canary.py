"""One way out (law 3): what the house holds is in no log line, metric, error answer, complaint or crash dump.

Strings are planted in both nodes, every door is driven through its good, bad and broken ways, and then looked for.
"""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from comity.acts import follow
from comity.acts.node import Node
from comity.api.events import Event, Events
from comity.api.house import house
from comity.api.partners import partners
from comity.app.work import Worker
from comity.cli.commands import STARTERS, run
from comity.core import dsse
from comity.core.errors import Absent, Broken, ComityError, Malformed, Refused, Unreachable
from tests.api.calling import Answer, call
from tests.joined import Pair, pair_in
from tests.keys import signer
from tests.laws.planting import WORD, Canaries, flipped, plant

ENVELOPES, PULL, RECEIPTS = ("/exchange/v1/envelopes", "/exchange/v1/pull", "/exchange/v1/receipts")
FAULTS: tuple[type[Exception], ...] = (Malformed, Refused, Absent, Unreachable, Broken, RuntimeError, KeyError, OSError)


@dataclass
class Planted:
    pair: Pair
    canaries: Canaries
    envelopes: list[bytes]


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Planted]:
    with pair_in(tmp_path) as pair:
        canaries = plant(pair)
        yield Planted(pair, canaries, [*pair.cables[0].posts, *pair.cables[1].posts])


@dataclass
class Watch:
    """One node with both its listeners, its worker, and everything that leaves them sideways."""

    node: Node
    file: io.StringIO = field(default_factory=io.StringIO)
    answers: list[Answer] = field(default_factory=list)
    events: Events = field(init=False)

    def __post_init__(self) -> None:
        self.events = Events(self.file)

    def ask(self, application: Starlette, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        answer = call(application, method, path, body, **headers)
        self.answers.append(answer)
        return answer

    def live(self, given: list[bytes]) -> None:
        """Every door with what it should get, with what it should not, and the worker's round."""
        doors, own = partners(self.node, lambda: None, self.events), house(self.node, self.events)
        secret = WORD.encode()
        stranger = dsse.seal(
            "application/vnd.comity.envelope+json", b'{"from":"' + secret + b'"}', [signer("stranger")]
        )
        for path in (ENVELOPES, PULL, RECEIPTS):
            twice = b'{"' + secret + b'":1,"' + secret + b'":2}'
            bad = [b"", secret, twice, stranger, *(flipped(one) for one in given[:2])]
            for body in [*bad, *given]:
                self.ask(doors, "POST", path, body)
            self.ask(doors, "POST", path, given[0], content_encoding=WORD)
            self.ask(doors, "GET", path)
        for path in ("/healthz", "/readyz", "/metrics", f"/{WORD}", f"/metrics/{WORD}"):
            self.ask(own, "GET", path)
            self.ask(doors, "GET", path)
        worker = Worker(self.node, self.events)
        worker._stop.set()
        for agreement in worker._agreements():
            worker._guarded(agreement, worker._follow)
            worker._guarded(agreement, worker._deliver)

    @property
    def left(self) -> dict[str, str]:
        """Everything that left: the log, and of each answer all but the signed bytes of a success."""
        told = [
            f"{one.status} {one.headers} {'' if _signed(one) else one.body.decode('utf-8', 'replace')}"
            for one in self.answers
        ]
        return {"log": self.file.getvalue(), "answers": "\n".join(told)}


def _signed(answer: Answer) -> bool:
    return answer.status == 200 and answer.headers.get("content-type") == "application/octet-stream"


class Faulty:
    """A port that raises `fault` whatever is asked of it."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        raise self._fault

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise self._fault


def without(node: Node, port: str, fault: Exception) -> Node:
    broken: Any = Faulty(fault)
    return replace(node, **{port: broken})


def broken_nodes(node: Node, canary: str) -> Iterator[Node]:
    """The node with each port in turn failing in each way, always with the canary in its words."""
    for port in ("house", "agreements", "wire", "vault", "clock", "entropy", "seal", "surroundings"):
        for fault in FAULTS:
            yield without(node, port, fault(f"{canary} by {port}"))


def test_nothing_planted_leaves_either_node_sideways(planted: Planted) -> None:
    """Good, bad and altered things at every door of both nodes, and a round of the worker."""
    for node in (planted.pair.il, planted.pair.jp):
        watch = Watch(node)
        watch.live(planted.envelopes)
        assert {place: planted.canaries.hunt(text) for place, text in watch.left.items()} == {"log": [], "answers": []}
        assert WORD not in "".join(watch.left.values())
        told = {json.loads(line)["event"] for line in watch.file.getvalue().splitlines()}
        assert "refused" in told, "the bad things were told of"
        assert {200, 400, 403} <= {one.status for one in watch.answers}
        assert any(b"comity_follower_lag" in one.body for one in watch.answers)


@pytest.mark.slow
def test_nothing_planted_leaves_a_node_whose_ports_break(planted: Planted) -> None:
    """Each port fails in each way with a canary in its words; no listener, log or metric repeats it."""
    canary = planted.canaries.plant("fault")
    take_more(planted.pair)
    failed: set[str] = set()
    for node in (planted.pair.il, planted.pair.jp):
        for broken in broken_nodes(node, canary):
            watch = Watch(broken)
            watch.live(planted.envelopes[:2])
            assert planted.canaries.hunt(watch.left["log"]) == []
            assert planted.canaries.hunt(watch.left["answers"]) == []
            failed |= {line.get("error", "") for line in map(json.loads, watch.file.getvalue().splitlines())}
    assert {fault.__name__ for fault in FAULTS} <= failed, "every fault was told of"


def take_more(pair: Pair) -> None:
    """Something is queued at both sides, so that the worker has work."""
    from tests.acts.things import stix, take

    for cable, node in zip(pair.cables, (pair.il, pair.jp), strict=True):
        cable.cut = True
        take(node, stix("malware", f"more at {node.party}"))
        follow.follow(node, pair.agreement)


class Open(Events):
    """What a log without the gate would do: it tells whatever it is given, and an error's own words."""

    def __init__(self, file: io.StringIO) -> None:
        super().__init__()
        self._open = file

    def fault(self, event: Event, error: BaseException, **fields: Any) -> None:
        self._open.write(f"{event} {type(error).__name__}: {error} {fields}\n")


def test_the_hunt_finds_what_an_ungated_log_tells(planted: Planted) -> None:
    """The same life with the gate removed: the canary is in the log. So it is the gate that keeps it out."""
    canary = planted.canaries.plant("fault")
    for port in ("house", "agreements"):
        watch = Watch(without(planted.pair.il, port, Broken(f"{canary} by {port}")))
        watch.events = Open(watch.file)
        watch.live(planted.envelopes[:1])
        assert "fault" in planted.canaries.hunt(watch.file.getvalue())


def test_the_hunt_finds_what_an_error_would_say(planted: Planted) -> None:
    """The messages behind the answers do quote what came in: what strangers read is not the message."""
    from comity.acts import accept

    altered = flipped(planted.envelopes[0])
    with pytest.raises(ComityError) as caught:
        accept.accept(planted.pair.jp, b'{"' + WORD.encode() + b'":1,"' + WORD.encode() + b'":2}')
    assert WORD in caught.value.message
    answer = call(partners(planted.pair.jp, lambda: None), "POST", ENVELOPES, altered)
    assert answer.status in {400, 403}
    assert WORD not in answer.body.decode()


@contextmanager
def complaints() -> Iterator[io.StringIO]:
    said, complained = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complained):
        yield complained


COMMANDS = (
    "status", "status --json", "contact show", "contact confirm XX --words wrong", "agreement status",
    "quarantine list", "quarantine show 0123456789abcdef", "requests", "outbox list", "inbox list", "standing list",
    "show 0123456789abcdef", "explain 0123456789abcdef --to JP", "preview {red} --to JP",
    "take {bad} --source own-cyber", "inbox import {bad}", "verify {bad}",
    "agreement import {bad}", "contact add {bad}", "decide --cases {bad}",
    "ledger fsck", "fetch",
)  # fmt: skip


def test_no_command_complains_in_words_of_what_the_house_holds(planted: Planted, tmp_path: Path) -> None:
    """Standard error of every command over both nodes, right and wrong.

    A person who names a file may be shown the word of it that is wrong; what the rest of it says is not shown.
    """
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({"type": "bundle", "objects": [], "description": f"{WORD}-in-a-file"})[:-1])
    red = planted.canaries.found_in["id 0 withheld by IL"]
    for party in ("IL", "JP"):
        for line in COMMANDS:
            words = line.format(bad=bad, red=red[:16]).split()
            with complaints() as complained:
                run([*words, "--data", str(tmp_path / party)], dict.fromkeys(STARTERS, boom))
            assert planted.canaries.hunt(complained.getvalue()) == [], line
            assert "in-a-file" not in complained.getvalue(), line


def boom(*_: Any) -> int:
    raise RuntimeError(f"{WORD}-boom")


def test_a_command_that_breaks_says_where_and_nothing_else(tmp_path: Path) -> None:
    with complaints() as complained:
        assert run(["serve", "--data", str(tmp_path)], dict.fromkeys(STARTERS, boom)) == Broken.exit_code
    assert "RuntimeError at comity.cli.commands:" in complained.getvalue()
    assert WORD not in complained.getvalue()


CRASH = """
import faulthandler, sys, threading, warnings
from comity.api.events import Events, guard
from comity.core.errors import Broken
secret = sys.argv[1]
if sys.argv[2] == "guarded":
    faulthandler.enable()
    guard(Events(sys.stderr))
def step(held):
    raise Broken("the port said " + held) from ValueError(held)
thread = threading.Thread(target=step, args=(secret,))
thread.start(); thread.join()
warnings.warn(secret)
faulthandler.dump_traceback()
step(secret)
"""


@pytest.mark.parametrize(("how", "leaks"), [("guarded", False), ("bare", True)])
def test_a_crash_dump_shows_where_and_not_what(how: str, leaks: bool) -> None:
    """A thread, a warning, a dump of all stacks and the end of the process; without the guard the words are there."""
    secret = f"{WORD}-crash"
    told = subprocess.run(
        [sys.executable, "-c", CRASH, secret, how],
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode != 0
    assert (secret in told.stderr) is leaks
    if not leaks:
        assert told.stderr.count('"event":"crashed"') == 2
        assert "most recent call first" in told.stderr
