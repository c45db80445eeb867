"""Every target. A test holds that each public parser of the product is entered by one of them."""

from fuzz.target import Target
from fuzz.targets import agreements, decisions, exchanged, ledgers, nodes, records, signed, taxii, texts

TARGETS: tuple[Target, ...] = tuple(
    Target(name, check)
    for room in (texts, agreements, exchanged, signed, ledgers, records, decisions, nodes, taxii)
    for name, check in room.CHECKS.items()
)


def named(name: str) -> Target:
    return next(target for target in TARGETS if target.name == name)
