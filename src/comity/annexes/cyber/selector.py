"""Granular selectors: which part of an object a marking speaks of (STIX 2.1, section 7.2.3.1)."""

from collections.abc import Mapping
from typing import Any

Moved = Mapping[str, Mapping[int, int]]
"""Lists that lost elements, by their selector: old index → new index, without those left behind."""


def steps(selector: str) -> list[str | int]:
    """`external_references.[1].url` → `["external_references", 1, "url"]`. The schema has checked its form."""
    return [int(part[1:-1]) if part.startswith("[") else part for part in selector.split(".")]


def resolves(value: Mapping[str, Any], selector: str) -> bool:
    """Whether `selector` names something that is there."""
    place: Any = value
    for step in steps(selector):
        if isinstance(step, int):
            if not isinstance(place, list) or step >= len(place):
                return False
        elif not isinstance(place, Mapping) or step not in place:
            return False
        place = place[step]
    return True


def follow(selector: str, moved: Moved) -> str | None:
    """Where `selector` points after lists lost elements; `None` where its element is gone."""
    done: list[str] = []
    was: list[str] = []
    for step in steps(selector):
        here = step
        if isinstance(step, int):
            indices = moved.get(".".join(was))
            if indices is not None:
                if step not in indices:
                    return None
                here = indices[step]
        was.append(f"[{step}]" if isinstance(step, int) else step)
        done.append(f"[{here}]" if isinstance(here, int) else here)
    return ".".join(done)
