"""A TAXII client of no library: one request to the door in memory, or over a socket, and what came back."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from comity.annexes.cyber.taxii import media
from comity.release.collection import Basic, Credential, Token

API = "/taxii2/api/"
Message = MutableMapping[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def ids(self) -> list[str]:
        return [one["id"] for one in self.json.get("objects", [])]


def shown(credential: Credential | None) -> dict[str, str]:
    """The header that shows it."""
    if isinstance(credential, Basic):
        return {"authorization": "Basic " + b64encode(f"{credential.user}:{credential.secret}".encode()).decode()}
    return {"authorization": f"Bearer {credential.secret}"} if isinstance(credential, Token) else {}


@dataclass(frozen=True)
class Client:
    """`send` is how a request goes out: (method, target, headers, body) → answer."""

    send: Callable[[str, str, Mapping[str, str], bytes], Answer]
    credential: Credential | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: {"accept": media.TAXII})

    def ask(self, method: str, target: str, body: bytes = b"", **headers: str | None) -> Answer:
        """A header that is `None` is not sent."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        merged = {"host": "localhost", **self.headers, **shown(self.credential), **given}
        return self.send(method, target, {name: value for name, value in merged.items() if value is not None}, body)

    def get(self, target: str, **headers: str | None) -> Answer:
        return self.ask("GET", target, b"", **headers)

    def post(self, target: str, value: Any, **headers: str | None) -> Answer:
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.ask("POST", target, raw, **{"content_type": media.TAXII, **headers})


def memory(application: Any) -> Callable[[str, str, Mapping[str, str], bytes], Answer]:
    """Requests to `application` without a socket, as a server would hand them over."""

    def send(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return asyncio.run(_asked(application, method, target, headers, body))

    return send


async def _asked(application: Any, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode("latin-1"),
        "scheme": "http",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "state": {},
    }
    pending = [{"type": "http.request", "body": body, "more_body": False}]
    said: list[Message] = []

    async def receive() -> Message:
        return pending.pop() if pending else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        said.append(message)

    await application(scope, receive, send)
    start, *parts = said
    told = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], told, b"".join(part["body"] for part in parts))
