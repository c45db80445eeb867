"""Canaries: strings that stand in one place each of two nodes, and the hunt for them in what leaves sideways.

Planted are bodies, titles, texts, labels, a TLP:RED object, a question, a contact's name, an altered envelope. Taken as
canaries are, too, every private key in hex and in base64, and the id of everything withheld.
"""

import base64
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from comity.acts import contacts
from comity.acts.node import Node
from comity.labels.label import Tlp
from comity.vault import SECRET_BYTES
from tests.acts.things import document, portion, report, stix, take, take_report
from tests.joined import DANA, Pair

WORD = "qzcanary"
"""Every planted string begins with it; nothing of ours contains it."""


@dataclass
class Canaries:
    """What must not be found, by name of where it was planted."""

    found_in: dict[str, str] = field(default_factory=dict)

    def plant(self, place: str) -> str:
        canary = f"{WORD}-{place}"
        self.found_in[place] = canary
        return canary

    def hunt(self, text: str) -> list[str]:
        """The places whose canary stands in `text`, in any of the spellings in which it could leave."""
        lower = text.lower()
        return [
            place
            for place, canary in self.found_in.items()
            if canary in text or canary.lower() in lower or base64.b64encode(canary.encode()).decode()[:-4] in text
        ]


def plant(pair: Pair) -> Canaries:
    """Both nodes hold canaries of every sort, and have exchanged what may go."""
    canaries = Canaries()
    name = canaries.plant
    take(
        pair.il,
        stix("malware", name("title"), Tlp.GREEN, description=name("body")),
        stix("malware", name("red-title"), Tlp.RED, description=name("red-body")),
        stix("malware", name("unmarked"), None, description=name("quarantined-body")),
    )
    label = {"origin": "IL", "level": "סודי", "caveats": [name("caveat")], "rel_to": ["IL"]}
    open_label = {"origin": "IL", "level": "שמור", "rel_to": ["IL", "JP"]}
    for number, one in enumerate((label, open_label)):
        text = portion("summary", one, text=name(f"portion-{number}"))
        take_report(
            pair.il, report(f"{name(f'report-{number}')}", text, title=name(f"heading-{number}"), title_label=[one])
        )
    take_report(pair.jp, document("request", name("request"), "JP", text=name("question")))
    for node, other in ((pair.il, "jp"), (pair.jp, "il")):
        _contact(node, name(f"contact-name-at-{other}"))
    pair.settle()
    for node in (pair.il, pair.jp):
        _keys(canaries, pair.folder / node.party, node.party)
        _withheld(canaries, node, pair.agreement)
    return canaries


def _contact(node: Node, called: str) -> None:
    stranger = replace(node, party="XX")
    contacts.add(node, contacts.export(stranger, {"en": called}, ()), DANA)


def _keys(canaries: Canaries, folder: Path, party: str) -> None:
    """Every secret of the vault, whole and its first 16 bytes, in hex and base64."""
    for path in sorted((folder / "vault").glob("*.key")):
        secret = path.read_bytes()[:-32][-SECRET_BYTES[path.stem] :]
        for length, part in (("whole", secret), ("start", secret[:15])):
            place = f"key {path.stem} of {party}, {length}"
            canaries.found_in[f"{place}, hex"] = part.hex()
            canaries.found_in[f"{place}, base64"] = base64.b64encode(part).decode().rstrip("=")
            canaries.found_in[f"{place}, url"] = base64.urlsafe_b64encode(part).decode().rstrip("=")


def _withheld(canaries: Canaries, node: Node, agreement: str) -> None:
    """Handles and ids of what stayed."""
    with node.house.reader() as house, node.agreements(agreement).reader() as reader:
        rids = [str(one.entry["rid"]) for one in house.log_after(0, 1000) if one.entry["act"] == "taken"]
        partner = "JP" if node.party == "IL" else "IL"
        gone = reader.released_of(partner, rids)
        stayed = [one for rid, one in house.records(rids).items() if rid not in gone and one.source != partner]
    for number, record in enumerate(stayed):
        canaries.found_in[f"id {number} withheld by {node.party}"] = record.rid


def flipped(raw: bytes) -> bytes:
    """An envelope whose payload says something else than was signed."""
    members = json.loads(raw)
    payload = json.loads(base64.b64decode(members["payload"]))
    payload["from"] = f"{WORD}-altered"
    members["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
    return json.dumps(members).encode()
