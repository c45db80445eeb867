"""A held version and a new one compared, as an officer asks or before the second signature."""

from comity.acts import agreements
from comity.acts.node import Node
from comity.agreement import signed
from comity.agreement.instrument import Agreement
from comity.core.errors import Absent


def version_of(node: Node, named: str) -> Agreement:
    """The version held under `ID@version`, or the newest under `ID`. Raises `Absent`."""
    name, at, version = named.rpartition("@")
    held = agreements.held(node, name if at else named)
    if not at:
        return held.newest
    found = next((text for ref, text in held.versions.items() if str(ref.version) == version), None)
    if found is None:
        known = ", ".join(str(ref) for ref in sorted(held.versions))
        raise Absent(f"this node holds no version {version} of {name}", f"it holds: {known}")
    return found


def before_signing(node: Node, raw: bytes) -> tuple[Agreement, Agreement] | None:
    """The version that binds now and the one about to be signed; `None` where this is the first."""
    new = signed.read(raw)
    held = agreements.held_or_none(node, new.id)
    return None if held is None else (held.newest, new)
