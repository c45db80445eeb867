"""A log as the static files of https://c2sp.org/tlog-tiles, so that public tools can check what we wrote.

Paths are relative to the log's folder: `tile/<level>/<index>`, `tile/entries/<index>`, and `.p/<width>` for the
partial ones on the right edge.
"""

from collections.abc import Mapping, Sequence

from comity.core.errors import Malformed
from comity.core.merkle import HASH_BYTES, root_of

WIDTH = 256
MAX_ENTRY = 65_535


def tiles(hashes: Sequence[bytes], leaves: Sequence[bytes]) -> dict[str, bytes]:
    """Path → bytes of every hash tile and entry bundle of the log with these leaves and their hashes.

    `ValueError` where the two are not of one length, or a leaf is longer than a bundle can say.
    """
    if len(hashes) != len(leaves) or any(len(leaf) > MAX_ENTRY for leaf in leaves):
        raise ValueError("a log has one hash for each leaf, and leaves of at most 65,535 bytes")
    files = {}
    for index, bundle in enumerate(_split(leaves)):
        files[path("entries", index, len(bundle))] = b"".join(len(leaf).to_bytes(2) + leaf for leaf in bundle)
    level, nodes = 0, list(hashes)
    while nodes:
        rows = _split(nodes)
        for index, row in enumerate(rows):
            files[path(str(level), index, len(row))] = b"".join(row)
        level, nodes = level + 1, [root_of(row) for row in rows if len(row) == WIDTH]
    return files


def path(level: str, index: int, width: int) -> str:
    """`index` in groups of three digits, all but the last marked with an x, so that no folder is also a file."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def leaf_hashes(files: Mapping[str, bytes], size: int) -> list[bytes]:
    """The leaf hashes of a log of `size` leaves, as its tiles of level 0 say. Raises `Malformed` for a lack of any."""
    hashes: list[bytes] = []
    for index in range(-(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        where = path("0", index, width)
        tile = files.get(where)
        if tile is None or len(tile) != width * HASH_BYTES:
            raise Malformed(f"{where} is missing or does not hold {width} hashes")
        hashes += [tile[i : i + HASH_BYTES] for i in range(0, len(tile), HASH_BYTES)]
    return hashes


def _split(values: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [values[i : i + WIDTH] for i in range(0, len(values), WIDTH)]
