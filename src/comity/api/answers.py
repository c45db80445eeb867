"""How each of the five errors is told over HTTP, and how a body is read within its bounds.

Who asks is told our own sentence, never a value that stood in it: a message may quote what the house holds (law 3).
"""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from comity.api.events import Event, Events
from comity.api.sentence import sentence
from comity.core.errors import ComityError, Malformed

BYTES = "application/octet-stream"
LATER = "this node cannot take it now"
PLAIN = {400: "this is not what it claims to be", 403: "this is not granted", 404: "there is no such thing here"}


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


async def answer(
    request: Request, max_bytes: int, act: Callable[[bytes], bytes], door: str, events: Events
) -> Response:
    """What `act` answers to the body, run beside the event loop."""
    try:
        raw = await read(request, max_bytes)
        return Response(await run_in_threadpool(act, raw), media_type=BYTES)
    except ClientDisconnect:
        return Response(status_code=400)
    except ComityError as error:
        events.fault(Event.REFUSED if error.status < 500 else Event.ANSWER_FAILED, error, door=door)
        return told(error)
    except Exception as error:
        events.fault(Event.ANSWER_FAILED, error, door=door)
        return PlainTextResponse(LATER, status_code=500)


def told(error: ComityError) -> Response:
    """The error as a stranger may read it."""
    words = LATER if error.status >= 500 else sentence(error) or PLAIN[error.status]
    return PlainTextResponse(words, status_code=error.status)
