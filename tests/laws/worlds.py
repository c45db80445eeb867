"""Two worlds that begin as one: same keys, same clock, same chance. What differs then is what was put into them."""

import hashlib
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from comity.acts import deliver, follow
from comity.acts.node import Node
from comity.acts.ports import Vault
from comity.core import strictjson
from comity.core.errors import ComityError
from comity.core.keys import HALVES, PublicKey
from comity.exchange import body as bodies
from comity.exchange.body import Open, Sealed
from comity.exchange.sealing import key_id
from tests.joined import Pair, opened

CUT = 3
"""Where a follower's batch ends here: small things must meet every cut."""

PIECE = 2
"""How much of what is withheld is asked again at a time here."""

SEALED = b"a stand-in for HPKE, whose encapsulation is random: "
Memory = dict[tuple[str, bytes], dict[str, bytes]]


@dataclass(frozen=True)
class Remembering:
    """A vault that signs one message once, in whichever world: ML-DSA signatures are randomised."""

    vault: Vault
    memory: Memory

    @property
    def public(self) -> PublicKey:
        return self.vault.public

    @property
    def hpke_public(self) -> bytes:
        return self.vault.hpke_public

    @property
    def identity_key(self) -> bytes:
        return self.vault.identity_key

    def sign(self, message: bytes, halves: Collection[str] = HALVES) -> dict[str, bytes]:
        place = self.vault.public.kid, message
        if place not in self.memory:
            self.memory[place] = self.vault.sign(message)
        return {half: self.memory[place][half] for half in halves}

    def open_sealed(self, ciphertext: bytes, info: bytes) -> bytes:
        """The stand-in's text; it is bound to `info`, as HPKE binds it."""
        start = SEALED + hashlib.sha256(info).digest()
        assert ciphertext.startswith(start)
        return ciphertext.removeprefix(start)


def stand_in(body: Open, recipient: bytes, info: bytes) -> Sealed:
    plain = strictjson.canonical(bodies.as_json(body))
    return Sealed(key_id(recipient), SEALED + hashlib.sha256(info).digest() + plain)


def seeded(seed: str) -> Callable[[int], bytes]:
    """The same bytes in the same order of calls."""
    count = iter(range(1 << 30))
    return lambda size: hashlib.shake_256(f"{seed}/{next(count)}".encode()).digest(size)


@dataclass
class World:
    """A pair, and everything that Japan could observe in it, in order."""

    pair: Pair
    seen: list[bytes] = field(default_factory=list)

    @property
    def taker(self) -> Node:
        """Israel's node as it takes things in: the handles it draws for itself are not what a partner sees."""
        return replace(self.pair.il, entropy=os.urandom)

    def follow(self) -> None:
        for node in (self.pair.il, self.pair.jp):
            follow.follow(node, self.pair.agreement, CUT, piece=PIECE)

    def deliver(self) -> None:
        """Everything queued goes both ways."""
        while sum(deliver.deliver_due(node, self.pair.agreement).settled for node in (self.pair.il, self.pair.jp)):
            pass

    def look(self, answer: bytes) -> bytes:
        self.seen.append(answer)
        return answer

    def knock(self, url: str, raw: bytes) -> None:
        """Japan sends `raw` to Israel's door; what comes back is seen, be it an answer or an error."""
        try:
            self.pair.jp.wire.post(url, raw, max_bytes=1 << 30)
        except ComityError as error:
            self.seen.append(f"{error.status} {error.message} {error.hint}".encode())


@contextmanager
def world(folder: Path, memory: Memory) -> Iterator[World]:
    """The pair in `folder` with seeded ports. What reaches Japan, asked for or not, is written down."""
    with opened(folder) as pair:
        for name in ("il", "jp"):
            node: Node = getattr(pair, name)
            remembering = Remembering(node.vault, memory)
            setattr(pair, name, replace(node, vault=remembering, entropy=seeded(name), seal=stand_in))
        pair.cables[0].other, pair.cables[1].other = pair.jp, pair.il
        made = World(pair)
        pair.cables[0].posts = made.seen
        pair.cables[1].twist = made.look
        yield made
