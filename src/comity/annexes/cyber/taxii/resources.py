"""The bytes of each resource (sections 3.6.1, 3.7, 4 and 5). What is empty is left out (section 2, `list`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from comity.annexes.cyber.taxii import cursor, instants, media
from comity.release.collection import Collection, Contents, Entry, Page, State, Status, Verdict

_encode = msgspec.json.Encoder().encode
_STIX = "application/stix+json;version="
EMPTY = b"{}"
_TO_SECONDS = len("2027-03-02T09:00:00")
UNNAMED = "unknown"
"""Stands for the id of something that was posted without one: section 4.3.1 asks for an id."""


class _Record(msgspec.Struct):
    """A manifest record (section 5.3.1)."""

    id: str
    date_added: str
    version: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as it is told: a status, what it is called, and a sentence of ours."""

    status: int
    title: str
    description: str = ""


def error(fault: Fault) -> bytes:
    """The error message (section 3.6.1)."""
    return _told(title=fault.title, description=fault.description, http_status=str(fault.status))


def discovery(title: str, description: str, root: str) -> bytes:
    """The server, with its one API root by its address (section 4.1.1)."""
    return _told(title=title, description=description, default=root, api_roots=[root])


def api_root(title: str, description: str, max_content_length: int) -> bytes:
    """The API root; `max_content_length` in bytes (section 4.2.1)."""
    return _told(title=title, description=description, versions=[media.TAXII], max_content_length=max_content_length)


def collections(found: Sequence[Collection]) -> bytes:
    """All that a caller meets, in the order of their ids (sections 3.3 and 5.1.1)."""
    return _told(collections=[_collection(one) for one in sorted(found, key=lambda one: one.id)])


def collection(one: Collection) -> bytes:
    """One of them (section 5.2.1)."""
    return _encode(_collection(one))


def envelope(found: Contents) -> bytes:
    """Stored bytes as they lie (section 3.7). Nothing of them is read."""
    if not found.joined:
        return EMPTY
    return b"".join((b"{", _more(found.seq) if found.more else b"", b'"objects":[', found.joined, b"]}"))


def manifest(page: Page) -> bytes:
    """One record for each entry (section 5.3.1), with `next` as envelopes have it."""
    if not page.entries:
        return EMPTY
    return b"".join((b"{", _next(page), b'"objects":', _encode([*_records(page.entries)]), b"}"))


def versions(page: Page) -> bytes:
    """The versions of one object as its own bytes write them (section 5.8.1), with `next` as envelopes have it."""
    if not page.entries:
        return EMPTY
    return b"".join((b"{", _next(page), b'"versions":', _encode([one.version for one in page.entries]), b"}"))


def status(one: Status) -> bytes:
    """What became of a post (section 4.3.1)."""
    at = instants.text(one.at)
    found: dict[State, list[dict[str, str]]] = {state: [] for state in State}
    for verdict in one.verdicts:
        found[verdict.state].append(_details(verdict, at))
    return _told(
        id=one.id,
        status="complete" if one.complete else "pending",
        request_timestamp=at,
        total_count=len(one.verdicts),
        success_count=len(found[State.SUCCESS]),
        successes=found[State.SUCCESS],
        failure_count=len(found[State.FAILURE]),
        failures=found[State.FAILURE],
        pending_count=len(found[State.PENDING]),
        pendings=found[State.PENDING],
    )


def _records(entries: Sequence[Entry]) -> Iterator[_Record]:
    """Most of a page was added in one second, whose text is made once."""
    at, text = -1, ""
    for one in entries:
        second, micro = divmod(one.micros, 1_000_000)
        if second != at:
            at, text = second, instants.text(one.added)[:_TO_SECONDS]
        yield _Record(one.ext_id, f"{text}.{micro:06}Z", one.version, _STIX + one.spec_version)


def _next(page: Page) -> bytes:
    return _more(page.entries[-1].seq) if page.more else b""


def _more(seq: int) -> bytes:
    return b'"more":true,"next":"' + cursor.token(seq).encode() + b'",'


def _details(verdict: Verdict, at: str) -> dict[str, str]:
    """An object without a version of its own has that of the request."""
    told = {"id": verdict.ext_id or UNNAMED, "version": verdict.version or at}
    return told | {"message": verdict.message} if verdict.message else told


def _collection(one: Collection) -> Mapping[str, Any]:
    return _without(
        id=one.id,
        title=one.title,
        description=one.description,
        alias=one.alias,
        can_read=one.can_read,
        can_write=one.can_write,
        media_types=[media.STIX],
    )


def _told(**members: Any) -> bytes:
    return _encode(_without(**members))


def _without(**members: Any) -> Mapping[str, Any]:
    """Without what is not said: nothing, an empty text, an empty list."""
    return {name: value for name, value in members.items() if value is not None and value not in ("", [])}
