"""`comity demo`: the main job, done by the very commands a person would type, in two separate nodes."""

import argparse
import json
import re
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from comity.app.capital import Capital, examples, free_ports
from comity.app.story import Story
from comity.cli.output import Output
from comity.core.errors import ComityError

QUESTIONS = (
    "[Fictional] Which of our port operators were named in the forged invoices?",
    "[Fictional] Who told you how the group chooses its targets?",
)
DECLINED_UNDER = "3(6)"


def demo(args: argparse.Namespace, out: Output) -> int:
    """Exit 0 only if everything was checked. Without `--once` both nodes then serve until Ctrl-C."""
    began = time.monotonic()
    story = Story(quiet=out.as_json)
    with ExitStack() as stack:
        folder = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="comity-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        try:
            il, jp = _capitals(stack, folder)
            result = _play(il, jp, folder, story)
        except ComityError as error:
            return out.error(error)
        result["seconds"] = round(time.monotonic() - began, 1)
        result["verified"] = story.verified
        story.table(result)
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        if not args.once:
            story.tell(f"Both nodes go on serving ({il.place}, {jp.place}). Stop with Ctrl-C.")
            il.wait()
    return 0 if story.verified else 1


def _capitals(stack: ExitStack, folder: Path) -> tuple[Capital, Capital]:
    ports = free_ports(4)
    il = Capital("IL", "Israel (example)", folder / "israel", ports[0], ports[1])
    jp = Capital("JP", "Japan (example)", folder / "japan", ports[2], ports[3])
    stack.callback(il.stop)
    stack.callback(jp.stop)
    return il, jp


def _play(il: Capital, jp: Capital, folder: Path, story: Story) -> dict[str, Any]:
    story.tell("Two nodes are made, each with its own directory and its own keys.")
    il.init(jp)
    jp.init(il)
    _meet(il, jp, folder, story)
    _sign(il, jp, folder, story)
    il.start()
    jp.start()
    taken, quarantined = _take(il, folder, story)
    _settle(il, jp)
    answers = _ask(il, jp, story)
    _settle(il, jp)
    status = il.comity("status")["agreements"][0]
    theirs = jp.comity("status")["agreements"][0]
    ledgers, tamper = _verify(il, jp, folder, story)
    story.check("every release has its receipt", status["queued"] == 0 and status["refused"] == 0)
    story.check("what Israel released is what Japan holds", jp.comity("status")["records"].get("quarantined", 0) == 0)
    story.check(
        "every record taken was released, waits, or stays with an article",
        taken + answers["written"]
        == status["released"] + status["not_taken"] + status["waiting"] + sum(status["withheld"].values()),
    )
    return {
        "taken": taken,
        "released": status["released"],
        "sanitised": status["sanitised"],
        "waiting": status["waiting"],
        "withheld": _by_first(status["withheld"]),
        "quarantined": quarantined,
        "receipts": status["receipts"] + theirs["receipts"],
        "asked": answers["asked"],
        "answered": answers["answered"],
        "declined": answers["declined"],
        "ledgers": ledgers,
        "tamper_found": tamper,
    }


def _meet(il: Capital, jp: Capital, folder: Path, story: Story) -> None:
    for one, other in ((il, jp), (jp, il)):
        card = folder / f"{other.party}.card.json"
        other.comity("contact", "export", "-o", card)
        one.comity("contact", "add", card)
        words = other.comity("contact", "show")["words"]
        one.comity("contact", "confirm", other.party, "--words", words)
        story.tell(
            f"{one.name} hears the words of {other.name}'s key over another channel and confirms them:\n  {words}"
        )


def _sign(il: Capital, jp: Capital, folder: Path, story: Story) -> None:
    text = examples() / "israel-japan" / "agreement.yaml"
    one, both = folder / "signed.json", folder / "countersigned.json"
    il.comity("agreement", "check", text)
    il.comity("agreement", "sign", text, "-o", one)
    jp.comity("agreement", "countersign", one, "-o", both)
    for capital, release in ((il, "standing-il.yaml"), (jp, "standing-jp.yaml")):
        capital.comity("agreement", "import", both)
        capital.comity("standing", "sign", examples() / "israel-japan" / release)
    shown = il.comity("agreement", "show")
    story.articles = {one["article"]: one["text"] for one in shown["articles"]}
    state = il.comity("agreement", "status")["agreements"][0]
    story.tell(
        f"The memorandum (fictional terms) is checked, signed by one, countersigned by the other: {state['state']}."
    )
    story.check("the memorandum is in force", state["state"] == "in-force")


def _take(il: Capital, folder: Path, story: Story) -> tuple[int, int]:
    files = [
        (il.unpacked(examples() / "data" / "ics-attack-18.1.json.xz", folder), "mitre-attack"),
        (il.unpacked(examples() / "data" / "misp-galaxy-actors-ransomware.stix21.json.xz", folder), "misp-galaxy"),
        (examples() / "israel-japan" / "threats.json", "own-cyber"),
    ]
    reports = sorted((examples() / "israel-japan" / "reports").glob("*.json"))
    taken = quarantined = 0
    for path, source in [*files, *((report, "own-intelligence") for report in reports)]:
        answer = il.comity("take", path, "--source", source)
        taken += answer["taken"]
        quarantined += len(answer["quarantined"])
    story.tell(f"Israel takes in {taken:,} records of real and its own data; {quarantined} go to quarantine.")
    return taken, quarantined


def _ask(il: Capital, jp: Capital, story: Story) -> dict[str, int]:
    for question in QUESTIONS:
        jp.comity("ask", question, "--of", "IL")
    opened = il.until(lambda: il.comity("requests")["requests"], lambda found: len(found) == len(QUESTIONS))
    by_question = {one["title"]: one["id"] for one in opened}
    il.comity("answer", by_question[QUESTIONS[0]], "--text", "[Fictional] Two of them; their names went by telephone.")
    il.comity("decline", by_question[QUESTIONS[1]], "--article", DECLINED_UNDER)
    closed = jp.until(
        lambda: jp.comity("requests")["requests"],
        lambda found: sorted(one["state"] for one in found) == ["answered", "declined"],
    )
    states = [one["state"] for one in closed]
    story.tell(f"Japan asks twice: one question is answered, one declined under Article {DECLINED_UNDER}.")
    story.check("every question was answered or declined in time", sorted(states) == ["answered", "declined"])
    return {
        "asked": len(QUESTIONS),
        "answered": states.count("answered"),
        "declined": states.count("declined"),
        "written": len(states),
    }


def _settle(il: Capital, jp: Capital) -> None:
    """Until both have decided and delivered everything."""
    for capital in (il, jp):
        capital.until(
            lambda capital=capital: capital.comity("status")["agreements"][0],  # type: ignore[misc]  # bound now
            lambda one: one["behind"] == 0 and one["queued"] == 0,
        )


def _verify(il: Capital, jp: Capital, folder: Path, story: Story) -> tuple[list[dict[str, Any]], bool]:
    found: list[list[dict[str, Any]]] = []
    for capital in (il, jp):
        capital.comity("ledger", "fsck")
        evidence = folder / f"evidence-{capital.party}"
        capital.comity("ledger", "export", evidence)
        answer = capital.comity("verify", evidence)
        story.check(f"{capital.name}'s evidence verifies from files alone", answer["verified"])
        found.append(answer["logs"])
    story.tell("Both ledgers are verified from files alone, without a database and without a node.")
    altered = il.alter(folder / "evidence-IL", folder / "evidence-altered")
    answer = il.comity("verify", folder / "evidence-altered", expect=70)
    tamper = any(altered in fault["where"] for fault in answer["faults"])
    story.tell(f"One byte of {altered} is altered: the check finds it and names the file.")
    story.check("the altered byte is found and named", tamper)
    return [
        dict(log) | {"held_by": party} for party, logs in zip(("IL", "JP"), found, strict=True) for log in logs
    ], tamper


def _by_first(withheld: dict[str, int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for cites, count in withheld.items():
        first = re.split(r" (?=agreement:|house:|policy:)", cites)[0]
        counts[first] = counts.get(first, 0) + count
    return counts
