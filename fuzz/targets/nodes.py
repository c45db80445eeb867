"""What a node reads of its own: settings, a backup's manifest; and the head of a request to its listener."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.keys import signer

from comity import settings
from comity.acts import backing
from comity.api import head
from comity.core import dsse
from comity.core.errors import Malformed

_FOLDER = TemporaryDirectory(prefix="comity-fuzz-")
AA = signer("AA")


def toml(raw: bytes) -> None:
    folder = Path(_FOLDER.name)
    file = folder / settings.FILE
    file.write_bytes(raw)
    file.chmod(0o600)
    found = settings.read(folder)
    file.unlink()
    settings.write(folder, found)
    assert settings.read(folder) == found
    repr(found)


def manifest(raw: bytes) -> None:
    backing.unseal(dsse.seal(backing.PAYLOAD_TYPE, raw, [AA]), AA.public)


def request(raw: bytes) -> None:
    """A head as the parser of the listener hands it over: method, target, version, then a name and a value a line."""
    lines = raw.split(b"\n")
    method, target, version = [*lines[0].split(b" ", 2), b"", b""][:3]
    named = [line.split(b": ", 1) for line in lines[1:] if b": " in line]
    headers = [(name.lower(), value) for name, value in named]
    fault = head.fault(method, target, version.decode("latin-1"), headers, 1000)
    answer, body = head.told(target, fault or (400, "it is malformed")).split(b"\r\n\r\n", 1)
    assert answer.startswith(b"HTTP/1.1 4")
    assert body
    if fault is not None:
        status, words = fault
        assert 400 <= status < 500
        raise Malformed(words)
    assert b"/../" not in target
    assert b"%" not in target.partition(b"?")[0]


CHECKS = {"settings": toml, "manifest": manifest, "request-head": request}
