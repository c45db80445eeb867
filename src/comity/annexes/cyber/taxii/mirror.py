"""Reading another server's collection (TAXII 2.1, sections 3.4, 3.5, 5.3, 5.4), and what servers do that they must not.

Marking definitions are read first: pages cut where they like, and an object must not come before what its marking
means. A page without `next` goes on by `added_after`, and a mark or a time that does not move ends the reading with
an error rather than never.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from comity.annexes.cyber.taxii import instants, media
from comity.core import strictjson
from comity.core.errors import Malformed, Refused
from comity.release.subscription import Answer, Busy, Call, Forgotten, Listed, Progress, Turn

PAGE = 1000
"""Objects asked for in a page; a server may send fewer."""
MAX_PAGE_BYTES = 64 * 1024 * 1024
MAX_TEXT = 2000
"""Characters of a mark or a time that are sent back."""
PASSES: tuple[dict[str, str], ...] = ({"match[type]": "marking-definition"}, {})
EVERY = {"match[version]": "all"}
LAST = "x-taxii-date-added-last"


class TaxiiMirror:
    """`release.subscription.Mirror`, for a URL of the form `…/collections/ID/`. Stateless."""

    def ask(self, url: str, progress: Progress) -> Call:
        """The next page of objects, every version of each."""
        after = progress.added or progress.since
        query = {**EVERY, **PASSES[progress.passed], "limit": str(PAGE)}
        if after is not None:
            query["added_after"] = after
        if progress.next is not None:
            query["next"] = progress.next
        return _call(url, "objects/", query)

    def read(self, progress: Progress, answer: Answer) -> Turn:
        value = _envelope(answer)
        count = len(value.get("objects", []))
        page = answer.body if count else None
        added = answer.headers.get(LAST)
        if count and added is not None:
            instants.parse(added, f"the header {LAST}")
        final = progress.passed + 1 == len(PASSES)
        last = _newer(progress.last, added)
        if value.get("more"):
            return Turn(replace(_onward(progress, value.get("next"), added), last=last), page, count)
        if not final:
            return Turn(Progress(since=progress.since, passed=progress.passed + 1), page, count)
        return Turn(replace(progress, last=last), page, count, done=True)

    def ask_list(self, url: str, mark: str | None) -> Call:
        return _call(url, "manifest/", {**EVERY, **_marked(mark)})

    def read_list(self, answer: Answer) -> Listed:
        """A manifest (section 5.3). Whoever writes more than it gives a mark for cannot be compared with."""
        value = _envelope(answer)
        things: list[tuple[str, str]] = []
        for record in value.get("objects", []):
            if not isinstance(record, dict) or not isinstance(record.get("id"), str):
                raise Malformed("the manifest has a record without an id")
            things.append((record["id"], str(record.get("version", ""))))
        return Listed(things, _mark(value))

    def ask_for(self, url: str, ext_ids: Sequence[str], mark: str | None) -> Call:
        return _call(url, "objects/", {"match[id]": ",".join(ext_ids), **EVERY, **_marked(mark)})

    def read_for(self, answer: Answer) -> tuple[bytes | None, str | None]:
        value = _envelope(answer)
        return answer.body if value.get("objects") else None, _mark(value)

    def same(self, one: str, other: str) -> bool:
        """Servers spell times anew, with other digits after the second."""
        try:
            return instants.canonical(one, "a version") == instants.canonical(other, "a version")
        except Malformed:
            return one == other


def _call(url: str, what: str, query: dict[str, str]) -> Call:
    return Call(f"{url.rstrip('/')}/{what}?{urlencode(query, safe='[],:')}", media.TAXII)


def _marked(mark: str | None) -> dict[str, str]:
    return {} if mark is None else {"next": mark}


def _envelope(answer: Answer) -> dict[str, Any]:
    """What a page holds, or why there is none. Raises as `Mirror` says."""
    if answer.status != 200:
        raise _fault(answer)
    if len(answer.body) > MAX_PAGE_BYTES:
        raise Malformed(f"the page has more than {MAX_PAGE_BYTES:,} bytes")
    value = strictjson.parse(answer.body, "the page", max_bytes=MAX_PAGE_BYTES)
    if not isinstance(value, dict):
        raise Malformed("the page is not a TAXII envelope")
    if not isinstance(value.get("objects", []), list) or not isinstance(value.get("more", False), bool):
        raise Malformed("the page is not a TAXII envelope: `objects` must be a list, `more` true or false")
    return value


def _fault(answer: Answer) -> Exception:
    """What an answer without a page means. Its words are the other side's: only their title is kept, and cut."""
    status = answer.status
    if status in (408, 429) or status >= 500:
        return Busy(f"the server cannot take it now ({status})", _patience(answer))
    if status == 401:
        return Refused("the server does not know our credentials (401)", "see the subscription's user and secret_file")
    if status in (403, 404):
        return Refused(f"the server has no such collection for us ({status})", "see the subscription's url")
    if 300 <= status < 400:
        return Refused(f"the server sends us elsewhere ({status}), where we do not go", "see the subscription's url")
    if status == 400:
        return Forgotten("the server did not understand our question (400)")
    return Malformed(f"the server answered {status}: it may not speak TAXII 2.1")


def _patience(answer: Answer) -> timedelta | None:
    text = answer.headers.get("retry-after", "")
    return timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _mark(value: dict[str, Any]) -> str | None:
    if not value.get("more"):
        return None
    mark = value.get("next")
    if not isinstance(mark, str) or not 0 < len(mark) <= MAX_TEXT:
        raise Malformed("the server says that there is more and gives no mark for it (`next`)")
    return mark


def _onward(progress: Progress, mark: object, added: str | None) -> Progress:
    if mark is not None:
        if not isinstance(mark, str) or not 0 < len(mark) <= MAX_TEXT:
            raise Malformed("`next` is not a text of a length that is sent back")
        if mark == progress.next:
            raise Malformed("the server gives the same mark again (`next`): it would never end")
        return replace(progress, next=mark)
    if added is None or added == (progress.added or progress.since):
        raise Malformed("the server says that there is more, and neither `next` nor its times go on")
    return replace(progress, next=None, added=added)


def _newer(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return other or one
    return max(one, other, key=lambda text: instants.parse(text, "a time of the server"))
