"""`/taxii2/` on the partners' listener: TAXII 2.1 over views that were decided when they were released.

Each request is read by the rules in `annexes/cyber/taxii`, asks one act, and is answered with stored bytes. Nothing is
parsed and nothing decided on the way out. What is not there and what is not for the caller get the same bytes (law 4).
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from starlette.types import Receive, Scope, Send

from comity.acts.ports import Collections
from comity.annexes.cyber.taxii import authorization, instants, media, paths, query, resources
from comity.annexes.cyber.taxii.paths import Endpoint, Route
from comity.annexes.cyber.taxii.resources import Fault
from comity.api.events import Event, Events
from comity.api.limited import Shares, Turns, announced
from comity.api.sentence import sentence
from comity.core.errors import ComityError, Malformed
from comity.release.collection import EPOCH, Caller, Certificate, Collection, Contents, Credential, Page, Wanted
from comity.settings import Limits

SHOWN = "shown"
"""In a request's state: the SHA-256, in hex, of the certificate that the connection showed; `None` without one."""
MAX_CONTENT = 32 * 1024 * 1024
"""Bytes of an envelope that are read; told as `max_content_length`."""

T = TypeVar("T")
Headers = list[tuple[bytes, bytes]]
_TYPE = (b"content-type", media.TAXII.encode())
_KEPT_BY_NOBODY = (b"cache-control", b"no-store")
_HOST = re.compile(rb"[A-Za-z0-9._-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")

ABSENT = Fault(404, "not found", "There is no such thing here, or not for you.")
UNKNOWN = Fault(401, "not authenticated", "Show a credential that this server knows.")
NOT_ACCEPTABLE = Fault(406, "not acceptable", f"This server answers in {media.TAXII}.")
NOT_ALLOWED = Fault(405, "method not allowed", "The header Allow lists what is.")
NO_READING = Fault(403, "forbidden", "You may not read this collection.")
NO_WRITING = Fault(403, "forbidden", "You may not write to this collection.")
NO_DELETING = Fault(403, "forbidden", "You may not delete from this collection.")
NOT_TAXII = Fault(415, "unsupported media type", f"Send {media.TAXII}.")
ENCODED = Fault(415, "unsupported content encoding", "Send the bytes as they are.")
TOO_LARGE = Fault(413, "content too large", "The API root says in max_content_length how much is read.")
TOO_MUCH = Fault(429, "too many requests", "Too much at a time; ask again later.")
LATER = Fault(503, "not now", "This cannot be answered now; the same request may be made again later.")
PATIENCE = b"2"
"""Seconds after which a request that cannot be answered now may be made again."""
FAILED = Fault(500, "internal error", "This node cannot answer now.")


class Told(Exception):
    """Ends a request with an error resource."""

    def __init__(self, fault: Fault, headers: Headers | None = None) -> None:
        super().__init__(fault.title)
        self.fault = fault
        self.headers = headers or []


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Taxii:
    """The door. `arrived` is called when something was posted. `beside`: reads are made in threads, for stores that may
    keep one waiting."""

    def __init__(
        self,
        views: Collections,
        party: str,
        limits: Limits,
        events: Events | None = None,
        *,
        arrived: Callable[[], None] = lambda: None,
        beside: bool = False,
    ) -> None:
        self._views = views
        self._strangers = Shares(limits)
        self._turns = Turns()
        self._posting: dict[str, asyncio.Semaphore] = {}
        self._at_once = limits.requests_at_once
        self._events = Events() if events is None else events
        self._max = min(limits.body_bytes, MAX_CONTENT)
        self._arrived = arrived
        self._beside = beside
        self._title = f"Comity node of {party}"
        self._root = resources.api_root(self._title, "What you may read, and where you may write.", self._max)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except Told as told:
            answer = Answer(resources.error(told.fault), told.fault.status, tuple(told.headers))
        except ComityError as error:
            answer = self._refused(error)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._events.fault(Event.ANSWER_FAILED, error, door="taxii")
            answer = Answer(resources.error(FAILED), FAILED.status)
        length = b"%d" % len(answer.body)
        headers = [_TYPE, _KEPT_BY_NOBODY, (b"content-length", length), *answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        """Those who are nobody have one share together, whatever they try; a known caller waits for its turn only."""
        given = _Given.of(scope)
        caller = None if given.shown is None else self._views.caller(given.shown)
        if caller is not None:
            return await self._routed(scope, receive, caller, given)
        if not self._strangers.enter(None, 0):
            raise Told(TOO_MUCH, [(b"retry-after", b"1")])
        self._strangers.leave(None, 0)
        raise Told(UNKNOWN, [(b"www-authenticate", one.encode()) for one in authorization.CHALLENGES])

    async def _routed(self, scope: Scope, receive: Receive, caller: Caller, given: "_Given") -> Answer:
        route = paths.parse(scope["path"])
        if route is None:
            raise Told(ABSENT)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method == "OPTIONS":
            return Answer(b"", 200, ((b"allow", route.allow.encode()),))
        if method not in route.endpoint.methods:
            raise Told(NOT_ALLOWED, [(b"allow", route.allow.encode())])
        if not media.acceptable(given.accept):
            raise Told(NOT_ACCEPTABLE)
        if method == "POST":
            return await self._post(scope, receive, caller, route, given)
        if method == "DELETE":
            return await self._delete(scope, caller, route)
        await self._turns.take(caller.credential)
        return await self._read(self._get, scope, caller, route)

    async def _read(self, ask: Callable[..., T], *arguments: object) -> T:
        if self._beside:
            return await asyncio.to_thread(ask, *arguments)
        return ask(*arguments)

    # -- reading ----------------------------------------------------------------------------------------------------

    def _get(self, scope: Scope, caller: Caller, route: Route) -> Answer:
        endpoint = route.endpoint
        if endpoint in _OF_NO_COLLECTION:
            _wanted(scope, route, "GET")
            return Answer(self._about(scope, caller, route))
        collection = self._collection(caller, route)
        if endpoint is Endpoint.COLLECTION:
            _wanted(scope, route, "GET")
            return Answer(resources.collection(collection))
        if not collection.can_read:
            raise Told(NO_READING)
        wanted = _wanted(scope, route, "GET")
        if endpoint is Endpoint.OBJECTS:
            return _enveloped(self._views.contents(collection, wanted))
        if endpoint is Endpoint.MANIFEST:
            return _paged(page := self._views.page(collection, wanted), resources.manifest(page))
        return self._of_object(collection, route, wanted)

    def _about(self, scope: Scope, caller: Caller, route: Route) -> bytes:
        """What is said of the server, of the root, of all collections, of a post."""
        if route.endpoint is Endpoint.DISCOVERY:
            return resources.discovery(self._title, "", _address(scope) + paths.ROOT)
        if route.endpoint is Endpoint.ROOT:
            return self._root
        if route.endpoint is Endpoint.COLLECTIONS:
            return resources.collections(self._views.collections(caller))
        status = self._views.status(caller, route.name)
        if status is None:
            raise Told(ABSENT)
        return resources.status(status)

    def _of_object(self, collection: Collection, route: Route, wanted: Wanted) -> Answer:
        """One object or its versions. Nothing found is an empty page only where there is such an object (5.6, 5.7)."""
        if not query.is_id(route.object_id):
            raise Told(ABSENT)
        wanted = replace(wanted, ids=frozenset({route.object_id}))
        if route.endpoint is Endpoint.OBJECT:
            answer = _enveloped(self._views.contents(collection, wanted))
        else:
            page = self._views.versions(collection, route.object_id, wanted)
            answer = _paged(page, resources.versions(page))
        if not answer.headers:
            anywhere = Wanted(ids=wanted.ids, versions=wanted.versions, spec_versions=wanted.spec_versions, limit=1)
            if not self._views.page(collection, anywhere).entries:
                raise Told(ABSENT)
        return answer

    def _collection(self, caller: Caller, route: Route) -> Collection:
        found = self._views.collection(caller, route.name)
        if found is None:
            raise Told(ABSENT)
        return found

    # -- writing ----------------------------------------------------------------------------------------------------

    async def _post(self, scope: Scope, receive: Receive, caller: Caller, route: Route, given: "_Given") -> Answer:
        collection = await self._read(self._collection, caller, route)
        if not collection.can_write:
            raise Told(NO_WRITING)
        _wanted(scope, route, "POST")
        if not media.is_taxii(given.content_type):
            raise Told(NOT_TAXII)
        if given.encoding not in (b"", b"identity"):
            raise Told(ENCODED)
        try:
            async with self._posting.setdefault(caller.credential, asyncio.Semaphore(self._at_once)):
                raw = await _body(scope, receive, self._max)
                status = await asyncio.to_thread(self._views.post, caller, collection, raw)
        except Malformed as error:
            raise Told(Fault(422, "unprocessable content", sentence(error) or "")) from None
        self._arrived()
        return Answer(resources.status(status), 202)

    async def _delete(self, scope: Scope, caller: Caller, route: Route) -> Answer:
        """Section 5.7: whoever may neither read nor write a collection is not told that it is there."""
        collection = await self._read(self._collection, caller, route)
        if not (collection.can_read and collection.can_write):
            raise Told(NO_DELETING if collection.can_read or collection.can_write else ABSENT)
        wanted = _wanted(scope, route, "DELETE")
        there = query.is_id(route.object_id) and await asyncio.to_thread(
            self._views.delete, caller, collection, route.object_id, wanted
        )
        if not there:
            raise Told(ABSENT)
        return Answer(b"")

    def _refused(self, error: ComityError) -> Answer:
        self._events.fault(Event.REFUSED if error.status < 500 else Event.ANSWER_FAILED, error, door="taxii")
        if error.status == ABSENT.status:
            return Answer(resources.error(ABSENT), ABSENT.status)
        if error.status == LATER.status:
            return Answer(resources.error(LATER), LATER.status, ((b"retry-after", PATIENCE),))
        words = sentence(error) if error.status < 500 else FAILED.description
        return Answer(resources.error(Fault(error.status, "not done", words or "")), error.status)


_OF_NO_COLLECTION = (Endpoint.DISCOVERY, Endpoint.ROOT, Endpoint.COLLECTIONS, Endpoint.STATUS)


@dataclass(frozen=True, slots=True)
class _Given:
    """What the head of a request says. A header that may stand once and stands twice says nothing."""

    shown: Credential | None
    accept: str
    content_type: str
    encoding: bytes

    @classmethod
    def of(cls, scope: Scope) -> "_Given":
        accept, once = [], dict.fromkeys((b"authorization", b"content-type", b"content-encoding"), b"")
        for name, value in scope["headers"]:
            if name == b"accept":
                accept.append(value)
            elif name in once:
                once[name] = b"?" if once[name] else value
        shown: Credential | None = None
        if once[b"authorization"]:
            shown = authorization.parse(once[b"authorization"].decode("latin-1"))
        elif certificate := scope.get("state", {}).get(SHOWN):
            shown = Certificate(certificate)
        return cls(
            shown,
            b",".join(accept).decode("latin-1"),
            once[b"content-type"].decode("latin-1"),
            once[b"content-encoding"],
        )


def _wanted(scope: Scope, route: Route, method: str) -> Wanted:
    try:
        return query.parse(scope["query_string"], route.endpoint.methods[method])
    except Malformed as error:  # its words hold names of parameters, nothing that was sent
        raise Told(Fault(400, "bad request", error.message)) from None


def _paged(page: Page, body: bytes) -> Answer:
    """With the instants of the first and the last entry; without, where there is none (section 3.2)."""
    if not page.entries:
        return Answer(body)
    return _added(body, page.entries[0].micros, page.entries[-1].micros)


def _enveloped(found: Contents) -> Answer:
    body = resources.envelope(found)
    return _added(body, found.first, found.last) if found.joined else Answer(body)


def _added(body: bytes, *ends: int) -> Answer:
    first, last = (instants.text(EPOCH + timedelta(microseconds=one)).encode() for one in ends)
    return Answer(body, 200, ((b"x-taxii-date-added-first", first), (b"x-taxii-date-added-last", last)))


def _address(scope: Scope) -> str:
    """Where the caller reached this server, in its own words: API roots are told as absolute addresses."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    if not _HOST.fullmatch(host):
        raise Told(Fault(400, "bad request", "The header Host is not a host and a port."))
    return f"{scope['scheme']}://{host.decode()}"


async def _body(scope: Scope, receive: Receive, most: int) -> bytes:
    """Refused as soon as it is too large: by what it says of itself, else while it streams in."""
    if announced(scope) > most:
        raise Told(TOO_LARGE)
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Told(Fault(400, "bad request", "The body ended early."))
        part = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(part)
        if size > most:
            raise Told(TOO_LARGE)
        parts.append(part)
    return b"".join(parts)
