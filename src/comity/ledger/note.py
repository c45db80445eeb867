"""Checkpoints: a log's size and root as a C2SP signed note, by its owner and then by the other side.

https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint, with key type 1 (Ed25519) so that public tools read
it. Read more strictly than C2SP asks: no extension line, no signature of anybody but the parties. A note travels inside
a hybrid DSSE, which carries the other half (DECISIONS 21).
"""

import base64
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from comity.agreement.instrument import Agreement
from comity.core.errors import Malformed, Refused
from comity.core.keys import ED25519, SIGNATURE_BYTES, PublicKey, Signer, from_base64
from comity.core.merkle import EMPTY, HASH_BYTES

MAX_BYTES = 4096
MAX_PART = 300
MAX_SIZE = 2**53 - 1
DASH = "\u2014"

Keys = Mapping[str, Collection[PublicKey]]
"""Each party's keys, by party: all that are or were its own, because a log outlives a key."""

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_PART = re.compile(r"(?:[A-Za-z0-9._-]|%[0-9A-F]{2})+")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log at a size: `origin` names the log, `root` is the tree head of RFC 9162 over its first `size` leaves."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """What is signed: three lines, each with its newline."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line: the party, the first four bytes of a digest of its key, the Ed25519 signature."""

    party: str
    key_id: bytes
    signature: bytes

    @property
    def text(self) -> bytes:
        return f"{DASH} {part(self.party)} {base64.b64encode(self.key_id + self.signature).decode()}\n".encode()


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note that nobody has verified yet: the owner's line, then perhaps the other side's."""

    checkpoint: Checkpoint
    lines: tuple[Line, ...]


def part(name: str) -> str:
    """`name` as it stands in an origin line, a signature line or a path: percent-encoded outside [A-Za-z0-9._-].

    Raises `Malformed` for a name that is empty, too long, or no name but a place (`.` and `..`).
    """
    try:
        encoded = quote(name, safe="").replace("~", "%7E")
    except UnicodeEncodeError:
        encoded = ""
    if not encoded or encoded in (".", "..") or len(encoded) > MAX_PART:
        raise Malformed(f"this cannot name a log, a party or a store: {name[:40]!r}")
    return encoded


def origin_of(agreement: str, party: str, store: str) -> str:
    """The log's name, `comity/<agreement id>/<from party>/<store>`: who writes it, under what, kept where."""
    return "/".join(("comity", part(agreement), part(party), part(store)))


def name_of(encoded: str) -> str:
    """The name that `part` writes as `encoded`. Raises `Malformed` where there is none, or a second spelling of one."""
    try:
        name = unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        name = ""
    if not _PART.fullmatch(encoded) or not name or part(name) != encoded:
        raise Malformed(f"this is not the name of a log, a party or a store: {encoded[:80]!r}")
    return name


def parse_origin(origin: str) -> tuple[str, str, str]:
    """Agreement id, party and store. Raises `Malformed` for anything `origin_of` would not have written."""
    scheme, *pieces = origin.split("/")
    if scheme != "comity" or len(pieces) != 3:
        raise Malformed(f"this is not the origin of a log of ours: {origin[:80]!r}")
    agreement, party, store = map(name_of, pieces)
    return agreement, party, store


def keys_of(agreements: Iterable[Agreement]) -> Keys:
    """Every key these versions of an agreement bind to each party, each once."""
    keys: dict[str, tuple[PublicKey, ...]] = {}
    for agreement in agreements:
        for entry in agreement.keys:
            keys[entry.party] = tuple(dict.fromkeys((*keys.get(entry.party, ()), entry.key)))
    return keys


def write(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The note signed by the log's owner, the party named in the origin. Uses the Ed25519 half of the signer's key."""
    if not (0 <= checkpoint.size <= MAX_SIZE and len(checkpoint.root) == HASH_BYTES):
        raise ValueError("a checkpoint has a size and a root")
    _, owner, _ = parse_origin(checkpoint.origin)
    return checkpoint.text + b"\n" + _sign(checkpoint, owner, signer).text


def cosign(raw: bytes, party: str, signer: Signer) -> bytes:
    """The same note with `party`'s line under the owner's. Verify it, and find its root in one's mirror, before."""
    note = parse(raw)
    if len(note.lines) != 1 or note.lines[0].party == party:
        raise Refused(f"{party} cannot countersign this checkpoint: it is {party}'s own, or countersigned already")
    return raw + _sign(note.checkpoint, party, signer).text


def parse(raw: bytes) -> Note:
    """Shape only: one spelling, exact newlines. Raises `Malformed`."""
    if len(raw) > MAX_BYTES:
        raise Malformed(f"the checkpoint is too large: {len(raw):,} bytes, at most {MAX_BYTES:,} are read")
    try:
        lines = raw.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise Malformed("the checkpoint is not valid UTF-8") from None
    if len(lines) not in (6, 7) or lines[3] or lines[-1]:
        raise Malformed("the checkpoint is not three lines, an empty one, and one or two signature lines")
    origin, size, root = lines[:3]
    _, owner, _ = parse_origin(origin)
    checkpoint = Checkpoint(origin, _size(size), _root(root))
    if checkpoint.size == 0 and checkpoint.root != EMPTY:
        raise Malformed("the checkpoint of an empty log does not have the root of the empty tree")
    signatures = tuple(_line(line) for line in lines[4:-1])
    if signatures[0].party != owner:
        raise Malformed(f"the checkpoint's first signature is not of {owner}, whose log it is")
    if len(signatures) == 2 and signatures[1].party == owner:
        raise Malformed("the checkpoint has two signatures of its owner")
    return Note(checkpoint, signatures)


def verify(note: Note, keys: Keys, *, required: Collection[str] = ()) -> Checkpoint:
    """The checkpoint, once its owner's line and every other on it verify, and every party of `required` has signed.

    `keys` must have the key of each who signed. Raises `Refused` naming the party and what is wrong.
    """
    signed = set()
    for line in note.lines:
        party = line.party
        candidates = [key for key in keys.get(party, ()) if key_id(party, key) == line.key_id]
        if not candidates:
            raise Refused(f"the checkpoint has a signature of {party} by a key that is not {party}'s")
        if not any(key.check(ED25519, note.checkpoint.text, line.signature) for key in candidates):
            raise Refused(f"{party}'s signature does not fit the checkpoint: the text was changed, or another's key")
        signed.add(party)
    for party in required:
        if party not in signed:
            raise Refused(f"the checkpoint lacks the signature of {party}")
    return note.checkpoint


def key_id(party: str, key: PublicKey) -> bytes:
    """C2SP's hint which key made a line (type 1, Ed25519). Not a proof: the signature is."""
    return hashlib.sha256(part(party).encode() + b"\n\x01" + key.ed25519).digest()[:4]


def verifier_key(party: str, key: PublicKey) -> str:
    """The key in the form public note tools take: `name+id+base64(type, key)`."""
    typed = base64.b64encode(b"\x01" + key.ed25519).decode()
    return f"{part(party)}+{key_id(party, key).hex()}+{typed}"


def _sign(checkpoint: Checkpoint, party: str, signer: Signer) -> Line:
    return Line(party, key_id(party, signer.public), signer.sign(checkpoint.text, (ED25519,))[ED25519])


def _size(text: str) -> int:
    if not _SIZE.fullmatch(text) or int(text) > MAX_SIZE:
        raise Malformed(f"the checkpoint's size is not a plain number: {text[:24]!r}")
    return int(text)


def _root(text: str) -> bytes:
    root = from_base64(text, "the checkpoint's root")
    if len(root) != HASH_BYTES:
        raise Malformed("the checkpoint's root is not 32 bytes")
    return root


def _line(text: str) -> Line:
    pieces = text.split(" ")
    if len(pieces) != 3 or pieces[0] != DASH:
        raise Malformed("a signature line is not an em dash, a party and a signature")
    blob = from_base64(pieces[2], "a signature of the checkpoint")
    if len(blob) != 4 + SIGNATURE_BYTES[ED25519]:
        raise Malformed("a signature of the checkpoint has the wrong length")
    return Line(name_of(pieces[1]), blob[:4], blob[4:])
