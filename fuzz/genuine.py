"""What was really signed: nothing else may ever be accepted as signed."""

from functools import cache

from comity.core import dsse
from comity.core.errors import ComityError
from fuzz.target import CORPUS

VECTORS = CORPUS.parent / "vectors"


def payload(raw: bytes) -> bytes:
    return dsse.parse(raw).payload


@cache
def payloads(*formats: str) -> frozenset[bytes]:
    """The payloads of every vector that a private key signed as it stands; a vector changed afterwards is none."""
    return frozenset(
        payload(line)
        for name in formats
        for path in sorted((VECTORS / name).glob("good*"))
        for line in path.read_bytes().splitlines()
        if is_dsse(line)
    )


def is_dsse(raw: bytes) -> bool:
    try:
        dsse.parse(raw)
    except ComityError:
        return False
    return True
