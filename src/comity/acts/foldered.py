"""Decisions in files: what `decide --replay` needs years later on another machine. For this house alone.

house-only/decisions/<sha256>.json    a decision as it was kept
house-only/texts/<sha256>.json        an agreement as it stood for one of them, events included
house-only/policies/<sha256>.json     the private rules that one of them was asked under
house-only/shown/<sha256>.json        a line of the house log that says what our own people were let see by them
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping

from comity.acts import accesses, agreements, events, policies
from comity.acts.node import Node
from comity.acts.offering import NATIONAL
from comity.acts.replaying import ALL, Replayed, again, decisions_of
from comity.agreement import text
from comity.core import instants, strictjson
from comity.core.errors import Absent, Malformed
from comity.ledger.evidence import HOUSE
from comity.release.policy import Policy
from comity.release.recorded import used

DECISIONS, TEXTS, POLICIES, SHOWN = (f"{HOUSE}{kind}/" for kind in ("decisions", "texts", "policies", "shown"))
Files = Mapping[str, bytes]


def gather(node: Node, agreement_id: str) -> dict[str, bytes]:
    """Every decision under an agreement, or of our own people's, with the texts and rules it was made under: path to
    bytes."""
    rows = list(decisions_of(node, agreement_id))
    needed = [used(body) for _, body in rows]
    digests = {digest for one in needed for digest in one.texts}
    found = {f"{DECISIONS}{did}.json": body for did, body in rows}
    with node.house.reader() as house:
        for line in accesses.lines(house) if agreement_id == NATIONAL else ():
            raw = strictjson.canonical([line.n, dict(line.entry), line.by, instants.text(line.at)])
            found[f"{SHOWN}{hashlib.sha256(raw).hexdigest()}.json"] = raw
        for name in agreements.ids_in(house):
            for held in events.history(node, house, agreements.texts(house, name)):
                raw = text.canonical(held)
                if (digest := hashlib.sha256(raw).hexdigest()) in digests:
                    found[f"{TEXTS}{digest}.json"] = raw
    for key in {one.policy for one in needed if one.policy is not None}:
        if (files := policies.text_of(node, key)) is not None:
            raw = strictjson.canonical({"policy": key, "files": files})
            found[f"{POLICIES}{hashlib.sha256(raw).hexdigest()}.json"] = raw
    return found


def replay(
    files: Files,
    what: str,
    load: Callable[[Mapping[str, str]], Policy | None],
    tell: Callable[[int], None] = lambda _done: None,
) -> Iterator[Replayed]:
    """As `replaying.replay`, from an evidence folder's files. `load` reads private rules; one of another engine counts
    as not at hand. Raises `Absent` for a folder without this decision, `Malformed` for a text that cannot be read."""
    held = tuple(text.from_json(files[path]) for path in sorted(files) if path.startswith(TEXTS))
    rules = dict(_rules(files[path]) for path in sorted(files) if path.startswith(POLICIES))

    def policy_of(key: str) -> Policy | None:
        found = load(rules[key]) if key in rules else None
        return found if found is not None and found.key == key else None

    count = 0
    for path in sorted(files):
        did = path.removeprefix(DECISIONS).removesuffix(".json")
        if path.startswith(DECISIONS) and (what == ALL or did.startswith(what)):
            count += 1
            yield again(did, files[path], "the folder", held, policy_of)
            tell(count)
    if not count:
        raise Absent(f"there is no decision {what[:64]} in this folder", "comity ledger export --decisions writes them")


def _rules(raw: bytes) -> tuple[str, Mapping[str, str]]:
    value = strictjson.parse(raw, "a kept policy")
    if not isinstance(value, dict) or set(value) != {"policy", "files"} or not isinstance(value["files"], dict):
        raise Malformed("a kept policy has policy and files")
    return str(value["policy"]), {str(name): str(one) for name, one in value["files"].items()}
