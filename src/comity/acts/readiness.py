"""Whether this node can keep what it is given: both its house and every agreement answer."""

from comity.acts.agreements import agreement_ids
from comity.acts.node import Node
from comity.core.errors import ComityError


def faults(node: Node) -> list[str]:
    """What is wrong, in words of ours alone: a message may quote what is kept. Nothing when the node is ready."""
    found: list[str] = []
    try:
        ids = agreement_ids(node)
    except ComityError as error:
        return [f"the house cannot be read ({type(error).__name__.lower()})"]
    for agreement_id in ids:
        try:
            with node.agreements(agreement_id).reader() as reader:
                reader.cursor()
        except ComityError as error:
            found.append(f"{agreement_id} cannot be read ({type(error).__name__.lower()})")
    return found
