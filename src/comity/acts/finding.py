"""Finding one record by what a person types: the beginning of its id, or its external id."""

from comity.acts.node import Node
from comity.core.errors import Absent, Refused
from comity.records import Record

SHORTEST = 6


def found(node: Node, text: str) -> Record:
    """Raises `Absent` for none, `Refused` for more than one: nobody is to act on the wrong record."""
    with node.house.reader() as house:
        by_handle = house.by_handle(text)
        if by_handle is not None:
            return by_handle
        records = house.by_prefix(text) if len(text) >= SHORTEST else []
        records = records or house.by_ext_id(text)
    if not records:
        raise Absent(f"there is no record {text!r} here", f"give an id, or at least its first {SHORTEST} characters")
    if len(records) > 1:
        raise Refused(f"{text!r} means {len(records)} records", "give more of the id: " + records[0].rid[:16])
    return records[0]
