"""The sanitised copy of a STIX object: built from what may stay, or refused.

A portion is removed with the whole top-level property that holds it: a list that lost one element would give the next
one its name, and the same removal would then mean something else the second time. A reference in a list, or in a
struct of a list, is filtered (DECISIONS 14); one that stands alone cannot be.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from comity.annexes.cyber import selector
from comity.annexes.cyber.references import MARKING_LISTS
from comity.core.errors import Refused
from comity.release.kind import Reference, Removals

KEPT = MARKING_LISTS | {"defanged", "revoked", "stop_time", "valid_until"}
"""Optional properties whose absence would say something false (not revoked, valid for ever), or unmark the rest."""

_GONE = object()


def without(value: Mapping[str, Any], edges: Iterable[Reference], removals: Removals) -> dict[str, Any] | None:
    """The outgoing object before it is checked again; `None` where nothing of `removals` is in it."""
    if removals.personal:
        raise inseparable(value, "STIX does not say which of its properties are personal data")
    tops = {one.split(".")[0] for one in _portions(value) & removals.portions}
    leaving = [edge for edge in edges if edge.target in removals.references and _top(edge.role) not in tops]
    if not tops and not leaving:
        return None
    for top in sorted(tops & KEPT):
        raise inseparable(value, f"`{top}` cannot be left out without saying something false")
    for edge in leaving:
        if edge.marking:
            raise inseparable(value, f"`{edge.role}` is a marking, and markings are never filtered")
        if edge.single:
            raise inseparable(value, f"`{edge.role}` points at what must be left behind")
    kept = {name: part for name, part in value.items() if name not in tops}
    build = _Build(removals.references)
    result: dict[str, Any] = build.struct(kept, "", listed=False)
    if "granular_markings" in result:
        markings = _remaining(result, build.moved)
        result = {name: part for name, part in result.items() if name != "granular_markings"}
        if markings:
            result["granular_markings"] = markings
    return result


def check_silence(rendered: bytes, before: Iterable[Reference], after: Iterable[Reference], removals: Removals) -> None:
    """Raises `Refused` if the copy still names what it leaves behind, in a text or elsewhere."""
    left = {edge.target for edge in before} - {edge.target for edge in after}
    for target in sorted(left | (removals.references & {edge.target for edge in after})):
        if target.encode() in rendered:
            raise Refused("this object cannot be sanitised: one of its texts still names what must be left behind")


def inseparable(value: Mapping[str, Any], why: str) -> Refused:
    return Refused(f"this {value['type']} cannot be sanitised: {why}")


def _top(role: str) -> str:
    return role.partition(".")[0].partition("[")[0]


def _portions(value: Mapping[str, Any]) -> frozenset[str]:
    listed = value.get("granular_markings", ())
    return frozenset(one for marking in listed if "marking_ref" in marking for one in marking["selectors"])


def _remaining(result: Mapping[str, Any], moved: selector.Moved) -> list[dict[str, Any]]:
    """The granular markings of what is left, their selectors following elements that moved up."""
    markings = []
    for marking in result["granular_markings"]:
        followed = [selector.follow(one, moved) for one in marking["selectors"]]
        selectors = [one for one in followed if one is not None and selector.resolves(result, one)]
        if selectors:
            markings.append({**marking, "selectors": selectors})
    return markings


class _Build:
    """Rebuilds a value without the references in `gone`; `moved` says where elements of shortened lists went."""

    def __init__(self, gone: frozenset[str]) -> None:
        self._gone = gone
        self.moved: dict[str, dict[int, int]] = {}

    def struct(self, struct: Mapping[str, Any], path: str, *, listed: bool) -> Any:
        """`_GONE` where a struct in a list points at what is left behind, or nothing of a part remains."""
        built: dict[str, Any] = {}
        for name, value in struct.items():
            here = f"{path}.{name}" if path else name
            part = value
            if isinstance(value, list):
                part = self._list(name, value, here)
            elif isinstance(value, dict):
                part = self.struct(value, here, listed=listed)
                if part is _GONE and listed and value:
                    return _GONE
            elif listed and name.endswith("_ref") and value in self._gone:
                return _GONE
            if part is not _GONE:
                built[name] = part
        return _GONE if struct and not built else built

    def _list(self, name: str, values: list[Any], path: str) -> Any:
        kept: list[Any] = []
        moved: dict[int, int] = {}
        for index, value in enumerate(values):
            part = self._element(name, value, f"{path}.[{index}]")
            if part is not _GONE:
                moved[index] = len(kept)
                kept.append(part)
        if len(kept) < len(values):
            self.moved[path] = moved
        return kept or _GONE

    def _element(self, name: str, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return self.struct(value, path, listed=True)
        if isinstance(value, list):
            return self._list("", value, path)
        if isinstance(value, str) and name.endswith("_refs") and value in self._gone:
            return _GONE
        return value
