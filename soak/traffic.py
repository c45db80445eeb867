"""What people do meanwhile: take things in, ask, answer, decline, withdraw a standing release and sign the next.

Everything that a command acknowledged is remembered; the round's end asks for all of it.
"""

import argparse
import io
import json
import random
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acts.things import BEYOTER, SHAMUR, bundle, note, origin, portion, relation, report, stix

from comity.app.capital import examples
from comity.cli.commands import run
from comity.cli.output import Output
from comity.core.errors import Broken
from comity.labels.label import Tlp
from soak.serving import Reaper, Serving, finish, spawn

LATER = 69
"""The exit code of what may be tried again."""
ARTICLE = "3(6)"
DONE = ("answered", "declined")


def _not_typed(_args: argparse.Namespace, _out: Output) -> int:
    raise Broken("the soak starts processes itself")


NO_STARTERS = dict.fromkeys(("serve", "demo", "sandbox"), _not_typed)


@dataclass(frozen=True)
class Told:
    """A command's answer. `value` is its JSON; `words` are what it complained of."""

    code: int
    value: dict[str, Any]
    words: str


def typed(directory: Path, *words: str | Path) -> Told:
    """One command, typed in this process."""
    said, complained = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complained):
        code = run([*map(str, words), "--json", "--data", str(directory), "--by", "person:soak"], NO_STARTERS)
    lines = said.getvalue().strip().splitlines()
    return Told(code, json.loads(lines[-1]) if lines else {}, complained.getvalue().strip()[-500:])


@dataclass
class Side:
    """One party: its processes, and what it was told is safe. `taken` has the file of each thing, by external id."""

    serving: Serving
    taken: dict[str, Path] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    unsure: list[tuple[Path, str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    standing: str = ""

    @property
    def party(self) -> str:
        return self.serving.party

    @property
    def directory(self) -> Path:
        return self.serving.directory

    def acknowledge(self, path: Path, going: tuple[str, ...], barred: tuple[str, ...]) -> None:
        self.taken |= dict.fromkeys(going, path)
        self.barred |= set(barred)


@dataclass
class Traffic:
    chance: random.Random
    folder: Path
    il: Side
    jp: Side
    reaper: Reaper
    complaints: list[str] = field(default_factory=list)
    number: int = 0
    settled: dict[str, str] = field(default_factory=dict)
    """Questions that were answered or declined, and which."""

    def other(self, side: Side) -> Side:
        return self.jp if side is self.il else self.il

    def step(self) -> None:
        """Something that somebody does."""
        side = self.il if self.chance.random() < 0.7 else self.jp
        draw = self.chance.random()
        if draw < 0.55:
            self.take(side)
        elif draw < 0.62:
            self.ask(side)
        elif draw < 0.75:
            self.answer(side)
        elif draw < 0.97:
            self.heard(typed(side.directory, "fetch"), "fetch")
        else:
            self.stand(side)

    def heard(self, told: Told, what: str) -> bool:
        """Whether it was done. What is neither done nor to be tried later, nobody foresaw."""
        if told.code not in (0, LATER):
            self.complaints.append(f"{what} ended with {told.code}: {told.words}")
        return told.code == 0

    # -- taking in --------------------------------------------------------------------------------------------------

    def take(self, side: Side) -> None:
        job = self._new(side)
        if self.heard(self._typed_take(side, job), "take"):
            side.acknowledge(job[0], job[2], job[3])
        else:
            side.unsure.append(job)

    def take_and_kill(self, side: Side) -> bool:
        """The command is killed at some instant; whether it had not ended by itself."""
        job = self._new(side)
        line = ["take", str(job[0]), "--source", job[1], "--data", str(side.directory), "--by", "person:soak"]
        process = spawn(line, self.folder / "commands.log", self.reaper)
        time.sleep(0.3 + self.chance.random() * 0.7)
        killed = process.poll() is None
        if finish(process, self.reaper) == 0:
            side.acknowledge(job[0], job[2], job[3])
        else:
            side.unsure.append(job)
        return killed

    def again(self, side: Side) -> None:
        """Everything that was never acknowledged, once more."""
        jobs, side.unsure = side.unsure, []
        for job in jobs:
            if self.heard(self._typed_take(side, job), "take again"):
                side.acknowledge(job[0], job[2], job[3])
            else:
                side.unsure.append(job)

    def retake(self, side: Side, since: set[str]) -> None:
        """After a restore: what came in from elsewhere since the backup is taken in again from there."""
        for path in sorted({path for name, path in side.taken.items() if name not in since}):
            source = "own-intelligence" if path.stem.startswith("report") else "own-cyber"
            self.heard(typed(side.directory, "take", path, "--source", source), "take after a restore")

    @staticmethod
    def _typed_take(side: Side, job: tuple[Path, str, tuple[str, ...], tuple[str, ...]]) -> Told:
        return typed(side.directory, "take", job[0], "--source", job[1])

    def _new(self, side: Side) -> tuple[Path, str, tuple[str, ...], tuple[str, ...]]:
        """A file of new things, its source, and the names of those that go and of those that may not."""
        self.number += 1
        name = f"{side.party}-{self.number}"
        if side is self.il and self.chance.random() < 0.2:
            path = self.folder / f"report-{name}.json"
            path.write_bytes(_report(name))
            return path, "own-intelligence", (name,), ()
        levels = [self.chance.choice((Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER)) for _ in range(self.chance.choice((1, 3, 60)))]
        things = [stix("malware", f"{name}-{n}", level) for n, level in enumerate(levels)]
        things += [relation(f"{name}-r", things[0], things[-1]), note(f"{name}-n", things)]
        red = stix("malware", f"{name}-red", Tlp.RED)
        path = self.folder / f"bundle-{name}.json"
        path.write_bytes(bundle(*things, red))
        return path, "own-cyber", tuple(one["id"] for one in things), (red["id"],)

    # -- questions and decisions ------------------------------------------------------------------------------------

    def ask(self, side: Side) -> None:
        self.number += 1
        text = f"[Fictional] Question {self.number} of {side.party}?"
        if self.heard(typed(side.directory, "ask", text, "--of", self.other(side).party), "ask"):
            side.asked.append(text)

    def answer(self, side: Side) -> None:
        """The first open question of the partner: two of three are answered, the third is declined."""
        listed = typed(side.directory, "requests")
        if not self.heard(listed, "requests"):
            return
        partner = self.other(side).party
        for row in listed.value["requests"]:
            if row["opened_by"] != partner or row["title"] in self.settled:
                continue
            declined = self.chance.random() < 0.33
            words = ("--article", ARTICLE) if declined else ("--text", "[Fictional] It is known.")
            if self.heard(typed(side.directory, "decline" if declined else "answer", row["id"], *words), "answer"):
                self.settled[row["title"]] = DONE[declined]
            return

    def stand(self, side: Side) -> None:
        """What is queued and was not tried becomes void, and goes again under the next standing release."""
        if side.standing and not self.heard(typed(side.directory, "standing", "withdraw", side.standing), "withdraw"):
            return
        if side.standing:
            time.sleep(self.chance.random())
        self.number += 1
        text = (examples() / "israel-japan" / f"standing-{side.party.lower()}.yaml").read_text("utf-8")
        name = f"standing-{side.party.lower()}-{self.number}"
        text = text.replace(f"id: standing-{side.party.lower()}\n", f"id: {name}\n")
        text = text.replace("kinds: [intelligence.*]", "kinds: [cyber.*, intelligence.*]")
        text = text.replace("annexes: [intelligence]", "annexes: [cyber, intelligence]")
        path = self.folder / f"{name}.yaml"
        path.write_text(text, "utf-8")
        side.standing = ""
        while not self.heard(typed(side.directory, "standing", "sign", path), "standing sign"):
            time.sleep(0.1)
        side.standing = name


def _report(name: str) -> bytes:
    """One that goes sanitised: what stands above the tear line stays."""
    japan = {"rel_to": ["IL", "JP"]}
    return report(
        name,
        portion("above", origin(BEYOTER), text=f"[Fictional] Above the line: {name}."),
        portion("below", origin(SHAMUR, **japan), text=f"[Fictional] Below the line: {name}."),
        title="[Fictional] The whole",
        tear_line=["below"],
    )
