"""A partner's reasons for refusing, in an officer's words: what its code says, and what may change its answer."""

from collections.abc import Mapping

from comity.exchange.acceptance import WRONG_MODE
from comity.exchange.chain import Link

KEYS = "compare the keys in the agreement; a new version names new ones"
STATUS = "compare `comity agreement status` with the partner; an event or a new version changes it"
BYTES = "the bytes were altered, or its copy of our key is another: call the partner"
REASONS: Mapping[str, tuple[str, str]] = {
    WRONG_MODE: ("one of the two nodes runs a drill", "compare the mode of both nodes"),
    "no-such-agreement": ("it holds no such version signed by both", "both import the same signed version"),
    "key-not-named": ("the agreement it holds does not name our key", KEYS),
    "sealed-unreadable": ("it cannot open what was sealed to the key that the agreement names for it", KEYS),
    "agreement-suspended": ("by its count the agreement is suspended", STATUS),
    "agreement-ended": ("by its count the agreement has ended", STATUS),
    "agreement-not-yet": ("by its count the agreement is not in force yet", STATUS),
    "kind-not-covered": ("no annex in force by its count covers the kind", STATUS),
    "statement-unverified": ("our signature under the statement does not verify there", BYTES),
    "item-unproven": ("the item is not what our statement signed", BYTES),
    "handle-taken": ("it knows another thing by this handle", "send it again: it gets a new one"),
    "about-not-given": ("it says something of a thing that the partner did not give us", "name what it gave"),
    "not-the-originator": ("it rules on a correction of what is not ours", "only the originator decides"),
    Link.UNANNOUNCED.value: ("we began a new numbering without announcing it", "call the partner"),
}
"""By code: why, and what may change it. Codes of notices are explained in docs/formats/notice.md."""
OTHER = ("of a reason of its own", "docs/formats/notice.md explains the codes of notices; else ask the partner")


def reason(code: str) -> str:
    """Why, in words, with the code itself."""
    return f"{REASONS.get(code, OTHER)[0]} ({code})"


def remedy(code: str) -> str:
    return REASONS.get(code, OTHER)[1]
