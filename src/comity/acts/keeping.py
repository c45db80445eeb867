"""Whether there is room to keep something new. What was acknowledged needs the last of it: receipts, tries, ledgers."""

from comity.acts.node import Node
from comity.core.errors import Unreachable
from comity.records import Room

RESERVE = 64 * 1024 * 1024
"""Bytes that nothing new may take: more than one envelope of the largest size with its receipt needs."""


def full(room: Room | None) -> bool:
    """Whether the last of the room is reached. A machine that nobody can look at is not full."""
    return room is not None and room.free_bytes < RESERVE


def check_room(node: Node) -> None:
    """Raises `Unreachable` where nothing new may be kept: the same bytes may be tried again when there is room."""
    room = node.room()
    if room is None:
        return
    if not room.writable:
        raise Unreachable("the node's disk is read-only; nothing was kept", "mount it for writing", code="read-only")
    if full(room):
        left = f"{room.free_bytes / 1024 / 1024:,.0f} MiB"
        raise Unreachable(f"the node's disk is full ({left} left); nothing was kept", "free some room", code="no-room")
