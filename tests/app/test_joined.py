"""The head of an answer leaves with its body, in one packet, and never waits longer than a turn of the loop."""

import asyncio
from collections.abc import Callable

from comity.app.connection import LARGE, Joined

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Line(asyncio.Transport):
    """What was sent, packet by packet."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:  # type: ignore[override]  # only bytes are written here
        self.sent.append(data)

    def close(self) -> None:
        self.sent.append(b"closed")


def sent(does: Callable[[Joined], None]) -> list[bytes]:
    async def run() -> list[bytes]:
        line = Line()
        does(Joined(line, asyncio.get_running_loop()))
        at_once = len(line.sent)
        await asyncio.sleep(0)
        return [*line.sent[:at_once], b"|", *line.sent[at_once:]]

    return asyncio.run(run())


def test_a_head_and_its_body_are_one_packet() -> None:
    def answer(line: Joined) -> None:
        line.write(HEAD)
        line.write(b"body")
        line.write(b"more")

    assert sent(answer) == [HEAD + b"body", b"more", b"|"]


def test_a_large_body_is_not_copied_for_it() -> None:
    def answer(line: Joined) -> None:
        line.write(HEAD)
        line.write(b"b" * (LARGE + 1))

    assert sent(answer) == [HEAD, b"b" * (LARGE + 1), b"|"]


def test_a_head_without_a_body_leaves_when_the_loop_goes_on() -> None:
    assert sent(lambda line: line.write(HEAD)) == [b"|", HEAD]


def test_nothing_is_kept_back_where_the_line_is_closed() -> None:
    def answer(line: Joined) -> None:
        line.write(HEAD)
        line.close()

    assert sent(answer) == [HEAD, b"closed", b"|"]
