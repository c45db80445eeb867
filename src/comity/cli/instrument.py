"""An agreement as a person hands it over (YAML, JSON or signed), and as a person reads it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from comity.agreement import signed, text
from comity.agreement.check import check
from comity.agreement.draft import with_keys
from comity.agreement.instrument import Agreement, Texts
from comity.agreement.life import Status
from comity.agreement.problem import Problem
from comity.cli import files
from comity.core.keys import PublicKey

LIMIT = signed.MAX_ENVELOPE
_HALVES = (32, 1952)


def read(path: Path) -> tuple[Agreement, bytes | None]:
    """The text in a file, and the file's bytes where somebody signed it already. Raises `Malformed` or `Absent`."""
    raw = files.read(path, LIMIT)
    if raw.lstrip()[:1] != b"{":
        return text.from_yaml(raw), None
    if b'"payloadType"' in raw:
        return signed.read(raw), raw
    return text.from_json(raw), None


def problems(agreement: Agreement, *, published: bool = False) -> tuple[Problem, ...]:
    """What is wrong with a text. While it binds no key at all, that is not said: signing binds them."""
    if agreement.keys or published:
        return check(agreement, published=published)
    stand_in = {party: PublicKey(*_halves(party)) for party in agreement.party_ids}
    return check(with_keys(agreement, stand_in))


def _halves(party: str) -> Iterator[bytes]:
    for size in _HALVES:
        yield hashlib.shake_256(f"no key yet: {party}".encode()).digest(size)


def in_language(texts: Texts, language: str, prevailing: str) -> str:
    """The words in `language`, else in the prevailing one, else in any."""
    return texts.get(language) or texts.get(prevailing) or next(iter(texts.values()), "")


def heading(agreement: Agreement, language: str) -> list[str]:
    """What somebody who signs or reads it sees first."""
    names = ", ".join(
        f"{party.id} ({in_language(party.name, language, agreement.prevailing)})" for party in agreement.parties
    )
    return [
        f"{agreement.ref}  {in_language(agreement.title, language, agreement.prevailing)}",
        *(["FICTIONAL: this is an invented instrument."] if agreement.fictional else []),
        f"between   {names}",
        f"articles  {len(agreement.terms)}",
        f"digest    {text.digest(agreement)}",
        *(f"key       {entry.party}: {entry.key.words}" for entry in agreement.keys),
    ]


def force(status: Status) -> str:
    """The status in one line, with the articles that explain it."""
    flags = f"; {', '.join(status.flags)}" if status.flags else ""
    return f"{status.state.value.replace('-', ' ')} [{', '.join(status.cites)}]{flags}"
