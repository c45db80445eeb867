"""The figures that the design has targets for, ours beside a peer's or beside what the machine allows."""

from collections.abc import Iterator, Sequence

from bench.row import Row
from bench.taxii.measures import Figures

OURS, OPEN, BARE, RAW = "Comity", "OpenTAXII", "a bare", "raw"


def rows(found: Sequence[Figures]) -> Iterator[Row]:
    """A row for each target of which both sides were measured."""
    ours = [one for one in found if one.server.startswith(OURS)]
    if not ours:
        return
    small, large = ours[0], ours[-1]
    peers = [one for one in found if not one.server.startswith((OURS, BARE, RAW))]
    fastest = max(peers, key=lambda one: one.values.get("read", 0), default=None)
    opened = _nearest(found, OPEN, large)
    bare, raw = _nearest(found, BARE, large), _nearest(found, RAW, large)
    yield from _more("full read (objects/s)", "read", large, fastest, "≥ 15")
    yield from _more("full read (objects/s)", "read", large, bare, "≥ 0.20")
    yield from _less("filtered page (ms), how much quicker", "filtered page ms", large, fastest, "≥ 15", turned=True)
    yield from _less("one object by its id (ms)", "by id ms", large, opened, "≤ 0.125")
    yield from _less("a poll for nothing (ms)", "empty poll ms", large, opened, "≤ 0.125")
    name = "ingest 1000, complete"
    yield from _more("ingest in thousands until complete (objects/s)", name, large, opened, "≥ 10")
    yield from _more("ingest in thousands until complete (objects/s)", name, large, raw, "≥ 0.25")
    if large is not small:
        yield from _less("page of 1,000 (ms)", "page of 1000 ms", large, small, "≤ 1.3")
        yield from _less("page of 100 (ms)", "page of 100 ms", large, small, "≤ 1.3")
    used = large.values["memory MB"]
    yield Row(f"memory of all processes, {large.count:,} objects (MB)", f"{used:.0f}", "target 300", used / 300, "≤ 1")


def _nearest(found: Sequence[Figures], name: str, to: Figures) -> Figures | None:
    """The one of that name whose size is nearest."""
    named = [one for one in found if one.server.startswith(name)]
    return min(named, key=lambda one: abs(one.count - to.count), default=None)


def _more(what: str, name: str, ours: Figures, other: Figures | None, target: str) -> Iterator[Row]:
    if other is not None and name in ours.values and name in other.values:
        mine, theirs = ours.values[name], other.values[name]
        yield Row(what, f"{mine:,.0f}", f"{other.server}, {other.count:,}: {theirs:,.0f}", mine / theirs, target)


def _less(
    what: str, name: str, ours: Figures, other: Figures | None, target: str, *, turned: bool = False
) -> Iterator[Row]:
    if other is not None and name in ours.values and name in other.values:
        mine, theirs = ours.values[name], other.values[name]
        ratio = theirs / mine if turned else mine / theirs
        yield Row(what, f"{mine:.2f}", f"{other.server}, {other.count:,}: {theirs:.2f}", ratio, target)
