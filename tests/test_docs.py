"""What is written for people is complete and true: links, rooms, words, commands, settings, decisions."""

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec
import pytest

from comity.cli.commands import build
from comity.cli.output import Output
from comity.core import errors
from comity.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
GUIDES = [page for page in PAGES if page.parent != DOCS / "decisions" and page.name != "CHANGELOG.md"]
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))

FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND = re.compile(r"\bcomity((?: [a-z]+(?:-[a-z]+)*)+)")

WORDS = """
party, node, agreement, article, term, annex, originator, holder, recipient, third party, level, equivalence, caveat,
releasability, TLP, PAP, label, record, finding, decision, allow, sanitise, needs-consent, deny, refer, duty, release,
release copy, tear line, envelope, receipt, recall, correction, downgrade, consent, carrier, precedence, ledger,
checkpoint, proof, act, rule, hand, door, port, room, house, house log, follower, cursor, view, lane, mode, epoch, void,
verdict, statement, handle, leaf, fact, class, question, citation, standing release, source profile, quarantine,
waiting, closure, reader, authority, principal, portion, national instrument, national disclosure policy, drill,
non-interference, fingerprint words, hybrid signature, request for information, sealed, vault, fsck
"""


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """Headings as the usual renderers name them: lower case, no punctuation, hyphens for spaces."""
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in HEADING.findall(prose(page))}


def links(page: Path) -> Iterator[tuple[Path, str]]:
    for target in LINK.findall(prose(page)):
        if not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), f"{named(page)} points at {target}, which is not there"
        assert target.is_relative_to(ROOT), f"{named(page)} points out of the project: {target}"
        assert not anchor or anchor in anchors(target), f"{named(page)}: {target.name} has no heading #{anchor}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    to_read = [ROOT / "README.md"]
    while to_read:
        page = to_read.pop()
        if page not in reached:
            reached.add(page)
            for target, _ in links(page):
                to_read += sorted(target.rglob("*.md")) if target.is_dir() else [target] * (target.suffix == ".md")
    assert set(PAGES) - reached == set()


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_why_what_and_what_follows(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.startswith(f"# {page.name[:4]}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequence"]
    for part in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]:
        assert len(part.split()) >= 10, f"{page.name} has an empty part"
    assert len(text.splitlines()) <= 25, f"{page.name} is longer than a short record"


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_architecture_names_every_room() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    source = ROOT / "src" / "comity"
    rooms = [f"{entry.parent.name}/" for entry in sorted(source.glob("*/__init__.py"))]
    rooms += [entry.name for entry in sorted(source.glob("*.py")) if entry.name != "__init__.py"]
    assert [room for room in rooms if f"`{room}`" not in text] == []


def test_the_architecture_names_no_room_that_is_not_there() -> None:
    table = re.findall(r"^\| `(\w+)(/|\.py)` \|", (DOCS / "architecture.md").read_text("utf-8"), re.MULTILINE)
    source = ROOT / "src" / "comity"
    assert [name for name, tail in table if not (source / (name + tail.rstrip("/"))).exists()] == []


def test_the_glossary_has_every_word() -> None:
    text = (DOCS / "glossary.md").read_text("utf-8")
    defined = [word.lower() for word in re.findall(r"^- \*\*(.+?)\*\*: \S", text, re.MULTILINE)]
    wanted = {" ".join(word.split()).lower() for word in WORDS.split(",")}
    assert wanted - set(defined) == set()
    assert sorted(defined) == sorted(set(defined)), "a word stands twice"


def commands(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that can be run, as its words."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if path:
        yield path
    for group in groups:
        for name, inner in group.choices.items():
            yield from commands(inner, (*path, name))


def all_commands() -> set[tuple[str, ...]]:
    def never(_args: argparse.Namespace, _out: Output) -> int:
        raise AssertionError("nothing is run here")

    return set(commands(build(defaultdict(lambda: never))))


def test_every_command_is_described() -> None:
    written = {tuple(match.split()) for page in GUIDES for match in COMMAND.findall(page.read_text("utf-8"))}
    known = {words[:length] for words in written for length in range(1, len(words) + 1)}
    assert sorted(all_commands() - known) == []


def test_no_command_is_described_that_is_not_there() -> None:
    existing = all_commands()
    first = {words[0] for words in existing}
    groups = {words[0] for words in existing if len(words) > 1}
    wrong = set()
    for page in GUIDES:
        for block in re.findall(r"^```text\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
            for match in re.findall(r"^comity((?: [a-z]+(?:-[a-z]+)*)+)", block, re.MULTILINE):
                words = tuple(match.split())
                if words[0] not in first or (words[0] in groups and words[:2] not in existing):
                    wrong.add((named(page), "comity " + " ".join(words)))
    assert sorted(wrong) == []


def settings_of(struct: type[msgspec.Struct]) -> Iterator[str]:
    for name, hint in get_type_hints(struct).items():
        yield name
        for inner in (hint, *get_args(hint)):
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                yield from settings_of(inner)


def test_every_setting_is_described() -> None:
    text = (DOCS / "operator.md").read_text("utf-8")
    assert [name for name in settings_of(Settings) if f"`{name}`" not in text] == []


def test_exit_codes_are_described() -> None:
    text = (DOCS / "operator.md").read_text("utf-8")
    codes = {error.exit_code for error in (errors.Malformed, errors.Refused, errors.Absent, errors.Unreachable)}
    assert [code for code in sorted({*codes, errors.Broken.exit_code}) if f"{code} " not in text] == []


def test_every_make_target_that_is_described_is_there() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    described = {
        name for page in GUIDES for name in re.findall(r"\bmake ([a-z]+)\b *(?:ONCE|`|#)", page.read_text("utf-8"))
    }
    assert {"demo", "test", "quick", "check", "bench"} <= described <= targets
