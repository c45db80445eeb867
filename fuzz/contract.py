"""`python -m fuzz.contract [EXAMPLES]`: schemathesis against every door of a node that is thrown away, on loopback.

What is held: no 5xx, no status, media type, header or body that docs/openapi does not have, no method taken beside the
published ones, and an answer within the deadline. Exit code 1 where anything is found.
"""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.api.asking import shown
from tests.api.scene import DANA, JAPAN, scene
from tests.api.served import SECONDS, served

from comity.acts.node import Node
from comity.api.house import house
from comity.app.connection import Patience
from comity.app.listener import Server
from comity.settings import Limits, Listener

ROOT = Path(__file__).parents[1]
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
MANY = Limits(requests_a_second=1_000_000, requests_in_a_burst=1_000_000, requests_at_once=16, connections=256)
"""So that what is fuzzed is the doors; the limits have tests of their own."""


def contract(name: str, port: int, examples: str, folder: str, **headers: str) -> int:
    """The exit code of schemathesis, which keeps its notes in `folder` and sends `headers` with each request."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        str(ROOT / "docs" / "openapi" / f"{name}.yaml"),
        f"--url=http://127.0.0.1:{port}",
        f"--checks={','.join(CHECKS)}",
        f"--max-examples={examples}",
        "--seed=1",
        "--request-timeout=10",
        "--continue-on-failure",
        "--suppress-health-check=all",
        "--warnings=off",
        *(f"--header={header.title()}: {value}" for header, value in headers.items()),
    ]
    return subprocess.run(command, check=False, cwd=folder).returncode


@contextmanager
def serving(node: Node) -> Iterator[int]:
    """The house listener on a port of its own."""
    server = Server(house(node), Listener())
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    pause = threading.Event()
    while not server.started and thread.is_alive():
        pause.wait(0.01)
    try:
        yield int(server.place.rpartition(":")[2])
    finally:
        server.should_exit = True
        thread.join(SECONDS)


def main() -> int:
    (examples,) = sys.argv[1:] or ["200"]
    with TemporaryDirectory() as folder, scene(Path(folder)) as there:
        with serving(there.node) as port:
            found = contract("house", port, examples, folder)
        patient = Patience(head=5.0, body=10.0, look=1.0, linger=1.0)
        with served(there.node, limits=MANY, patience=patient, views=there.views) as at:
            found |= contract("partners", at.port, examples, folder)
            found |= contract("taxii", at.port, examples, folder)
            found |= contract("taxii", at.port, examples, folder, **shown(DANA))
            found |= contract("taxii", at.port, examples, folder, **shown(JAPAN))
    return int(found != 0)


if __name__ == "__main__":
    sys.exit(main())
