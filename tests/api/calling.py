"""Calls an application as a server would, in memory: one request in, status, headers and body out."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette

Message = MutableMapping[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def call(application: Starlette, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    """What `application` answers. An exception that leaves it is swallowed: a server would log it and close."""
    said: list[Message] = []
    asyncio.run(_call(application, method, path, body, headers, said))
    start = next(message for message in said if message["type"] == "http.response.start")
    parts = [message.get("body", b"") for message in said if message["type"] == "http.response.body"]
    return Answer(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, b"".join(parts))


async def _call(
    application: Callable[..., Awaitable[None]],
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    said: list[Message],
) -> None:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": given,
        "server": ("127.0.0.1", 1),
        "client": ("127.0.0.1", 2),
    }
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return pending.pop() if pending else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        said.append(message)

    try:
        await application(scope, receive, send)
    except Exception:
        if not said:
            raise
