"""How each of the five errors is told over HTTP, and how a body is read within its bounds."""

import logging
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from comity.core.errors import ComityError, Malformed

BYTES = "application/octet-stream"
_log = logging.getLogger("comity.api")


async def read(request: Request, max_bytes: int) -> bytes:
    """The body, refused while it streams in as soon as it is too large."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Malformed("send the bytes as they are: no content encoding is accepted")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > max_bytes:
            raise Malformed(f"the body is larger than the {max_bytes:,} bytes that are read")
        parts.append(part)
    return b"".join(parts)


async def answer(request: Request, max_bytes: int, act: Callable[[bytes], bytes]) -> Response:
    """What `act` answers to the body, run beside the event loop."""
    try:
        raw = await read(request, max_bytes)
        return Response(await run_in_threadpool(act, raw), media_type=BYTES)
    except ComityError as error:
        if error.status >= 500:
            _log.error("%s: %s", type(error).__name__, error.message)
            return PlainTextResponse("this node cannot take it now", status_code=error.status)
        return PlainTextResponse(error.message, status_code=error.status)
