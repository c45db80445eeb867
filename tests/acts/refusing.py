"""A partner that refuses: by the receipts it signs, by a key that does not open, by signatures that do not hold."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from comity.acts import deliver, events, follow, notifying
from comity.acts.alarm import Alarm
from comity.acts.node import Node
from comity.acts.ports import Vault
from comity.acts.reporting import report
from comity.acts.sending import OUT
from comity.core import dsse, instants, strictjson
from comity.core.keys import HALVES, PublicKey
from comity.exchange import receipt
from comity.exchange.envelope import unseal
from comity.exchange.receipt import ItemAnswer, ItemVerdict
from comity.records import RefusedRow
from tests.joined import DANA, Pair


def as_whole(pair: Pair, code: str) -> Callable[[bytes], bytes]:
    """Japan's answer as if it had refused the envelope for this reason: signed by it, and with no leaf of its log."""

    def twisted(_answer: bytes) -> bytes:
        sent = unseal(pair.cables[0].posts[-1], "JP", {"IL": (pair.il.vault.public,)})
        return receipt.seal(receipt.refused(sent, code, pair.clock.now), pair.jp.vault)

    return twisted


def items(pair: Pair, code: str, places: Collection[int]) -> Callable[[bytes], bytes]:
    """Japan's answer as if it had refused the items at these places."""

    def twisted(answer: bytes) -> bytes:
        given = receipt.unseal(answer, "IL", {"JP": (pair.jp.vault.public,)})
        verdicts = tuple(
            ItemVerdict(one.handle, ItemAnswer.REFUSED, code) if n in places else one
            for n, one in enumerate(given.items)
        )
        return receipt.seal(replace(given, items=verdicts), pair.jp.vault)

    return twisted


def taking(answer: bytes) -> bytes:
    return answer


@dataclass(frozen=True)
class Spoilt:
    """A vault with another's key to open, or whose statements nobody signed."""

    own: Vault
    opener: Vault | None = None
    spoils: bytes | None = None

    @property
    def public(self) -> PublicKey:
        return self.own.public

    @property
    def hpke_public(self) -> bytes:
        return self.own.hpke_public

    @property
    def identity_key(self) -> bytes:
        return self.own.identity_key

    def sign(self, message: bytes, halves: Collection[str] = HALVES) -> dict[str, bytes]:
        spoilt = self.spoils and self.spoils in message[:100]
        return self.own.sign(message + b" altered" if spoilt else message, halves)

    def open_sealed(self, ciphertext: bytes, info: bytes) -> bytes:
        return (self.opener or self.own).open_sealed(ciphertext, info)


def once(pair: Pair) -> deliver.Delivered:
    """Israel decides and sends what is due."""
    follow.follow(pair.il, pair.agreement)
    return deliver.deliver_due(pair.il, pair.agreement)


def refused(pair: Pair) -> list[RefusedRow]:
    with pair.il.agreements(pair.agreement).reader() as reader:
        return reader.refused()


def live(pair: Pair) -> list[str]:
    """The ids of what Japan has been released."""
    with pair.il.agreements(pair.agreement).reader() as reader:
        return [row.ext_id for row in reader.releases("JP", 0, 1000)]


def alarm(pair: Pair) -> Alarm | None:
    return next((one for one in report(pair.il).alarms if one.code == "refused"), None)


def both_signed(pair: Pair) -> tuple[int, int]:
    """How many leaves Israel's log has, and over how many both have signed."""
    with pair.il.agreements(pair.agreement).reader() as reader:
        held = reader.checkpoint(OUT, cosigned=True)
        return reader.log_size(OUT), 0 if held is None else held.size


def bodies(pair: Pair) -> list[dict[str, Any]]:
    """The bodies of what was posted to Japan."""
    return [strictjson.parse(dsse.parse(raw).payload, max_bytes=1 << 25)["body"] for raw in pair.cables[0].posts]


def told(pair: Pair, node: Node) -> None:
    """An event far ahead: nothing changes yet."""
    event = {"kind": "suspension", "dated": instants.text(pair.clock()), "effective": "2027-06-04"}
    notifying.send(node, pair.agreement, events.EVENT, event, DANA)


def suspension(pair: Pair) -> None:
    """A notice of Israel's that needs no leave."""
    told(pair, pair.il)
