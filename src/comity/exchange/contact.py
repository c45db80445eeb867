"""First contact: a card that proves only that its writer holds the key it shows, until two people compare words.

A card changes nothing by arriving (DECISIONS 20). Format: docs/formats/contact.md.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from comity.core import certificate, dsse, instants, strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import PublicKey, Signer, from_base64
from comity.core.strictjson import Json
from comity.exchange import shape
from comity.exchange.sealing import check_public
from comity.exchange.signature import SMALL, unwrap

PAYLOAD_TYPE = "application/vnd.comity.contact+json"
FORMAT = "comity-contact/1"

_MEMBERS = frozenset({"format", "party", "name", "key", "hpke", "addresses", "at"})
_MAY = frozenset({"tls", "tls_authorities"})
_MAX_AUTHORITIES = 2
_ADDRESS = re.compile(r"https?://[!-~]{1,300}")
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")


@dataclass(frozen=True, slots=True)
class Card:
    """Who it says it is: the party, its name by language, its hybrid key, its HPKE key, where its node listens.

    `tls` are the pins of the keys its TLS connections show, `tls_authorities` the certificates (DER) of who issued
    theirs: they let a handshake get as far as the pin, and vouch for nobody.
    """

    party: str
    name: Mapping[str, str]
    key: PublicKey
    hpke: bytes
    addresses: tuple[str, ...]
    at: datetime
    tls: tuple[str, ...] = ()
    tls_authorities: tuple[bytes, ...] = ()

    @property
    def words(self) -> str:
        """What the two people compare over another channel; the key covers everything else on the card."""
        return self.key.words


def seal(card: Card, signer: Signer) -> bytes:
    """The card, signed by the very key it shows. Raises `Malformed` where it would not be read."""
    if signer.public != card.key:
        raise ValueError("a card is signed by the key it shows")
    value: dict[str, Json] = {
        "format": FORMAT,
        "party": card.party,
        "name": dict(card.name),
        "key": card.key.as_json(),
        "hpke": base64.b64encode(card.hpke).decode(),
        "addresses": list(card.addresses),
        "at": instants.text(card.at),
    }
    if card.tls:
        value["tls"] = list(card.tls)
    if card.tls_authorities:
        value["tls_authorities"] = [base64.b64encode(one).decode() for one in card.tls_authorities]
    _parse(value)
    return dsse.seal(PAYLOAD_TYPE, strictjson.canonical(value), [signer])


def unseal(raw: bytes) -> Card:
    """The card, if it is signed by the key it shows. That proves nothing yet about whose it is: see `confirm`.

    Raises `Malformed` or `Refused`.
    """
    what = "the contact card"
    payload = dsse.parse(raw, what, max_bytes=SMALL).payload
    card = _parse(strictjson.parse(payload, what, max_bytes=SMALL, max_depth=3))
    unwrap(raw, PAYLOAD_TYPE, {card.party: (card.key,)}, what)
    return card


def confirm(card: Card, heard: str) -> Card:
    """The card, now trusted: `heard` are the words the other side read out. Raises `Refused` where they differ.

    Spaces, hyphens and capitals do not matter; every word does.
    """
    if re.split(r"[\s-]+", heard.strip().lower()) != card.words.split("-"):
        raise Refused(
            f"the words do not match the key on the card of {card.party}",
            "do not use this card; ask the other side, over a channel you trust, to read out its words again",
        )
    return card


def _parse(value: Json) -> Card:
    what = "the contact card"
    entry = shape.members(value, what, _MEMBERS, _MAY)
    shape.fixed(entry["format"], what, FORMAT)
    addresses = shape.listed(entry["addresses"], f"{what}: addresses", 8)
    if not all(isinstance(address, str) and _ADDRESS.fullmatch(address) for address in addresses):
        raise Malformed(f"{what}: an address must be an http or https URL of at most 300 characters")
    return Card(
        party=shape.name(entry["party"], f"{what}: party"),
        name=_names(entry["name"], f"{what}: name"),
        key=PublicKey.from_json(entry["key"], f"{what}: key"),
        hpke=check_public(from_base64(entry["hpke"], f"{what}: hpke"), f"{what}: hpke"),
        addresses=tuple(addresses),
        at=instants.parse(entry["at"], f"{what}: at"),
        tls=_pins(entry["tls"], f"{what}: tls") if "tls" in entry else (),
        tls_authorities=_authorities(entry, f"{what}: tls_authorities"),
    )


def _pins(value: Json, what: str) -> tuple[str, ...]:
    return certificate.check_pins(shape.listed(value, what, certificate.MAX_PINS), what)


def _authorities(entry: dict[str, Json], what: str) -> tuple[bytes, ...]:
    if "tls_authorities" not in entry:
        return ()
    found = shape.listed(entry["tls_authorities"], what, _MAX_AUTHORITIES)
    if not found or "tls" not in entry:
        raise Malformed(f"{what} stand beside pins, one or two, or not at all")
    return tuple(certificate.check_authority(from_base64(one, what), what) for one in found)


def _names(value: Json, what: str) -> dict[str, str]:
    if not isinstance(value, dict) or not 1 <= len(value) <= 16:
        raise Malformed(f"{what} must be given in 1 to 16 languages")
    if unknown := [tag for tag in value if not _TAG.fullmatch(tag)]:
        raise Malformed(f"{what}: {unknown[0][:40]!r} is not a language tag")
    return {tag: shape.text(text, f"{what} ({tag})") for tag, text in value.items()}
