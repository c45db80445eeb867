"""Private rules in a node's folder, as an operator writes them."""

from pathlib import Path

from comity.acts.node import Node
from comity.cedar import FOLDER
from tests.joined import Pair

SILENT = ""


def rule(name: str, when: str = "true", *, reason: str = "a fictional reason", **marks: str) -> str:
    """One `forbid` with its annotations; `refer` and `people` among `marks`."""
    more = "".join(f'@{mark}("{value}")\n' for mark, value in marks.items())
    return f'@id("{name}")\n@reason("{reason}")\n{more}forbid(principal, action, resource) when {{ {when} }};\n'


def folder(pair: Pair, node: Node) -> Path:
    return pair.folder / node.party / FOLDER


def write(pair: Pair, *rules: str, node: Node | None = None, name: str = "national.cedar") -> None:
    """Replaces one file of Israel's policy, or of `node`'s."""
    place = folder(pair, pair.il if node is None else node)
    place.mkdir(exist_ok=True)
    (place / name).write_text("\n".join(rules), "utf-8")
