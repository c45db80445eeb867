"""Whatever is sent to the partners' listener gets a 4xx or a closed line, soon; the next good request is answered."""

import gzip
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from comity.acts import pull
from comity.acts.deliver import PATH
from comity.api.head import Judged
from comity.app.listener import SPARE_DESCRIPTORS, raise_descriptors
from comity.settings import Limits
from tests.api.served import SECONDS, Served, a_pull, capitals, files_of, is_well, post, served, shows, status, told
from tests.joined import Pair, introduce, pair_in, sign

LIMITS = Limits(
    body_bytes=200_000, header_bytes=8192, connections=16, requests_a_second=10_000, requests_in_a_burst=10_000
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair_in(tmp_path_factory.mktemp("hostile")) as pair:
        yield pair


@pytest.fixture(scope="module")
def jp(pair: Pair) -> Iterator[Served]:
    """Japan's listener on loopback, with small limits and little patience."""
    with served(pair.jp, limits=LIMITS) as at:
        yield at


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def request(first: str = f"POST {pull.PULL} HTTP/1.1", *headers: str, body: bytes = b"") -> bytes:
    return head(first, "Host: localhost", *headers) + body


def statuses(answers: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


PATHS = (
    "/", "/exchange/v1/envelopes/", "//exchange/v1/envelopes", "/exchange//v1/envelopes", "/exchange/v1/../v1/pull",
    "/exchange/v1/./pull", "/exchange/v1/%65nvelopes", "/exchange/v1/envelopes%00", "/%2e%2e/%2e%2e/etc/passwd",
    "/exchange/v1\\envelopes", "/exchange/v1/envelopes;a=b", "/EXCHANGE/v1/envelopes", "/exchange/v2/envelopes",
    "http://localhost/exchange/v1/envelopes", "exchange/v1/envelopes", "*", "/exchange/v1/envelop\xe9s",
    "/exchange/v1/envelopes#part", "/healthz", "/metrics", "/desk/", "/" + "a" * 4000,
)  # fmt: skip


def plain_to(path: str) -> bytes:
    return request(f"POST {path} HTTP/1.1", "Content-Length: 0", "Connection: close")


def to_door(*headers: str, body: bytes = b"") -> bytes:
    return request(f"POST {PATH} HTTP/1.1", *headers, body=body)


CHUNKED = "Transfer-Encoding: chunked"
SHAPES: dict[str, tuple[bytes, set[int]]] = {
    # two ways to say where a request ends
    "length and chunked": (to_door("Content-Length: 4", CHUNKED, body=b"0\r\n\r\n"), {400}),
    "chunked and length": (to_door(CHUNKED, "Content-Length: 4", body=b"0\r\n\r\n"), {400}),
    "two lengths": (to_door("Content-Length: 4", "Content-Length: 5", body=b"12345"), {400}),
    "the same length twice": (to_door("Content-Length: 4", "Content-Length: 4", body=b"1234"), {400}),
    "lengths in a list": (to_door("Content-Length: 4, 4", body=b"1234"), {400}),
    "a length with a sign": (to_door("Content-Length: +4", body=b"1234"), {400}),
    "a negative length": (to_door("Content-Length: -1"), {400}),
    "a length in hex": (to_door("Content-Length: 0x4", body=b"1234"), {400}),
    "a length beyond all numbers": (to_door("Content-Length: " + "9" * 40), {400}),
    "chunked": (to_door(CHUNKED, body=b"4\r\nabcd\r\n0\r\n\r\n"), {411}),
    "chunked, spelled otherwise": (to_door("Transfer-Encoding: xchunked"), {400, 411}),
    "chunked after a tab": (to_door("Transfer-Encoding:\tchunked", body=b"0\r\n\r\n"), {411}),
    "chunked twice": (to_door(CHUNKED, CHUNKED, body=b"0\r\n\r\n"), {400, 411}),
    "a space before the colon": (to_door("Content-Length : 4", body=b"1234"), {400}),
    "a folded header": (to_door("X-A: b\r\n Content-Length: 4", body=b"1234"), {400}),
    "a bare newline": (f"POST {PATH} HTTP/1.1\nHost: a\nContent-Length: 0\n\n".encode(), {400}),
    "a nul in a header": (to_door("X-A: a\0b"), {400}),
    # hosts, methods, versions
    "no host": (head(f"POST {PATH} HTTP/1.1", "Content-Length: 0"), {400}),
    "two hosts": (to_door("Host: elsewhere", "Content-Length: 0"), {400}),
    "an old version": (request(f"POST {PATH} HTTP/1.0", "Content-Length: 0"), {400}),
    "a version that is not": (request(f"POST {PATH} HTTP/9.9"), {400}),
    "another method": (request(f"TRACE {PATH} HTTP/1.1"), {405}),
    "a proxy's method": (request("CONNECT localhost:22 HTTP/1.1"), {400, 405}),
    "a method nobody knows": (request(f"TAKE {PATH} HTTP/1.1"), {400}),
    "reading what is written to": (request(f"GET {PATH} HTTP/1.1", "Connection: close"), {405}),
    "an upgrade": (to_door("Connection: upgrade", "Upgrade: websocket", "Content-Length: 9"), {400}),
    "the second version of the protocol": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
    "an expectation": (to_door("Expect: the-impossible", "Content-Length: 0"), {417}),
    # bodies
    "gzip": (post(PATH, gzip.compress(bytes(1_000_000)), "Content-Encoding: gzip"), {415}),
    "identity, then gzip": (post(PATH, b"x", "Content-Encoding: identity", "Content-Encoding: gzip"), {415}),
    "a large body": (post(PATH, b"x" * 150_000, length=200_001), {413}),
    "a body of rubbish": (post(PATH, b"\xff\x00{" * 1000), {400}),
    "deep JSON": (post(PATH, b"[" * 100_000), {400}),
    "an empty body": (post(PATH, b""), {400}),
    # paths
    **{f"path {path!r}": (plain_to(path), {400, 404}) for path in PATHS},
    # heads
    "a large header": (to_door("X-A: " + "a" * 9000), {431}),
    "many headers": (to_door(*(f"X-{n}: a" for n in range(2000))), {431}),
    "a long address": (request(f"POST {PATH}?{'a' * 9000} HTTP/1.1"), {400, 431}),
    # not HTTP at all
    "a hello of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), {400}),
    "rubbish": (bytes(range(256)) * 64, {400}),
    "nothing but newlines": (b"\r\n" * 20_000, {400, 431}),
    "a letter": (b"HELO example\r\n\r\n", {400}),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hostile_shape_is_refused_and_the_node_goes_on(shape: str, jp: Served, pair: Pair) -> None:
    raw, wanted = SHAPES[shape]
    assert status(jp.say(raw)) in wanted
    assert is_well(jp, pair.il)


@pytest.mark.parametrize("method", ["TRACE", "GET"])
def test_a_method_that_is_not_taken_is_told_which_are(method: str, jp: Served) -> None:
    """RFC 9110, section 15.5.6."""
    answer = jp.say(request(f"{method} {PATH} HTTP/1.1", "Connection: close"))
    assert status(answer) == 405
    assert b"\r\nallow: post\r\n" in answer.lower()


@given(st.binary(min_size=1, max_size=300), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_of_any_kind_are_refused_or_waited_for_and_never_answered_with_5xx(
    jp: Served, raw: bytes, late: bool
) -> None:
    with jp.connect() as line:
        line.sendall(post(PATH, b"", length=len(raw)) + raw if late else raw)
        line.shutdown(socket.SHUT_WR)
        assert status(told(line, b"")) in (0, 400, 403, 405, 408, 431)


@pytest.mark.parametrize("path", ["/exchange/v1/%70ull", "/exchange/v1/pul%6c", "http://localhost/exchange/v1/pull"])
def test_a_good_request_under_another_spelling_of_its_path_is_refused(path: str, jp: Served, pair: Pair) -> None:
    answer = jp.say(post(path, a_pull(pair.il, "JP")))
    assert status(answer) == 400
    assert b"write the path plainly" in answer


def test_a_second_request_hidden_in_the_first_is_not_carried_out(jp: Served, pair: Pair) -> None:
    inner = post(pull.PULL, a_pull(pair.il, "JP"))
    smuggled = to_door("Content-Length: 5", CHUNKED, body=b"0\r\n\r\n") + inner
    assert statuses(jp.say(smuggled)) == [400]


def test_requests_one_behind_the_other_are_answered_in_turn(jp: Served, pair: Pair) -> None:
    first = post(pull.PULL, a_pull(pair.il, "JP")).replace(b"Connection: close\r\n", b"")
    answers = jp.say(first + first.replace(b"pull", b"hull") + post(pull.PULL, a_pull(pair.il, "JP")))
    assert statuses(answers) == [200, 404, 200]


def test_a_fault_behind_a_request_that_is_being_answered_cuts_the_line(jp: Served, pair: Pair) -> None:
    first = post(pull.PULL, a_pull(pair.il, "JP")).replace(b"Connection: close\r\n", b"")
    assert statuses(jp.say(first + b"\x00\x01\x02")) in ([], [200])
    assert is_well(jp, pair.il)


# -- slow ones ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"POST", head(f"POST {PATH} HTTP/1.1", "Host: a")[:-2]])
def test_a_head_that_does_not_come_ends_the_line(sent: bytes, jp: Served, pair: Pair) -> None:
    with jp.connect() as slow:
        slow.sendall(sent)
        assert is_well(jp, pair.il), "meanwhile others are answered"
        assert status(told(slow, b"")) == 408


def test_a_head_that_comes_byte_by_byte_has_no_more_time(jp: Served) -> None:
    with jp.connect() as slow:
        slow.settimeout(0.05)
        heard = b""
        for byte in head(f"POST {PATH} HTTP/1.1", "Host: a", "X: " + "a" * 200):
            slow.sendall(bytes([byte]))
            try:
                heard = slow.recv(1024)
                break
            except TimeoutError:
                continue
        assert status(heard) == 408


@pytest.mark.parametrize("sent", [b"", b"x" * 10, b"x" * 99_999])
def test_a_body_that_does_not_come_ends_the_line(sent: bytes, jp: Served, pair: Pair) -> None:
    with jp.connect() as slow:
        slow.sendall(post(PATH, sent, length=100_000))
        assert is_well(jp, pair.il), "meanwhile others are answered"
        answer = told(slow, b"")
        assert status(answer) == 408
        assert b"the body" in answer


def test_a_caller_that_leaves_in_the_middle_is_forgotten(jp: Served, pair: Pair) -> None:
    for cut in (4, 60, len(post(PATH, b"")), len(post(PATH, b"")) + 10):
        with jp.connect() as line:
            line.sendall(post(PATH, b"x" * 100, length=1000)[:cut])
    assert is_well(jp, pair.il)


def test_an_answer_that_nobody_reads_stops_nobody_else(jp: Served, pair: Pair) -> None:
    with jp.connect() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.sendall(post(pull.PULL, a_pull(pair.il, "JP")).replace(b"Connection: close\r\n", b"") * 30)
        assert is_well(jp, pair.il)


# -- many ones ------------------------------------------------------------------------------------------------------


def idle(at: Served, wanted: int) -> ExitStack:
    """So many open lines that say nothing; each end of one is a descriptor of this process."""
    room = raise_descriptors() - 2 * SPARE_DESCRIPTORS
    assert room > 2 * wanted, f"this machine allows {room} descriptors; {wanted} lines need two each"
    held = ExitStack()
    for _ in range(wanted):
        held.enter_context(at.connect())
    return held


def test_a_thousand_idle_lines_do_not_stop_it(pair: Pair) -> None:
    with served(pair.jp) as jp, idle(jp, 1000):
        assert all(is_well(jp, pair.il) for _ in range(5))
        assert sum(len(lines) for lines in jp.guard._open.values()) <= jp.guard.limits.connections


def test_the_oldest_idle_line_makes_room_for_a_new_one(jp: Served, pair: Pair) -> None:
    with jp.connect() as first:
        first.sendall(b"POST")
        with idle(jp, LIMITS.connections):
            assert is_well(jp, pair.il)
            assert told(first, b"") == b""


def test_more_requests_than_a_share_allows_are_put_off_and_answered_later(pair: Pair) -> None:
    few = replaced(requests_a_second=1, requests_in_a_burst=3)
    with served(pair.jp, limits=few) as jp:
        raw = [status(jp.say(post(pull.PULL, a_pull(pair.il, "JP")))) for _ in range(5)]
    assert raw == [200, 200, 200, 429, 429]


def test_a_thousand_lines_that_never_shake_hands_do_not_stop_it(tmp_path: Path) -> None:
    def introduced(pair: Pair) -> None:
        introduce(pair.il, pair.jp)
        introduce(pair.jp, pair.il)
        sign(pair)

    with capitals(tmp_path, introduced) as pair, served(pair.jp, files=files_of(tmp_path / "JP")) as jp, idle(jp, 1000):
        assert all(is_well(jp, pair.il, shows(tmp_path / "IL")) for _ in range(3))


def replaced(**changed: int) -> Limits:
    return structs.replace(LIMITS, **changed)


# -- one partner's bulk never delays another ------------------------------------------------------------------------


class Gate:
    """Answers callers, but holds those of `held` until `opened`."""

    def __init__(self, held: str) -> None:
        self.held = held
        self.opened = threading.Event()
        self.waiting = threading.Semaphore(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == self.held:
            self.waiting.release()
            await run_in_threadpool(self.opened.wait, SECONDS)
        await PlainTextResponse("done")(scope, receive, send)


def test_the_bytes_that_one_caller_has_in_memory_are_bounded_and_nobody_elses(pair: Pair) -> None:
    """What does not fit beside the others is put off before a byte of it is read; one alone always fits."""
    gate, body = Gate("/bulk"), b"x" * 600
    with served(pair.jp, limits=replaced(bytes_at_once=1000), application=gate) as jp, ExitStack() as lines:
        jp.guard.judge = lambda _der: Judged("AA")
        line = lines.enter_context(jp.connect())
        line.sendall(post("/bulk", body))
        assert gate.waiting.acquire(timeout=SECONDS)
        assert status(jp.say(post("/quick", b"x" * 401))) == 429
        assert status(jp.say(post("/quick", b"x" * 400))) == 200
        jp.guard.judge = lambda _der: Judged("BB")
        assert status(jp.say(post("/quick", b"x" * 1001))) == 200
        gate.opened.set()


def test_what_one_caller_keeps_busy_is_its_own_share_only(pair: Pair) -> None:
    gate = Gate("/bulk")
    with served(pair.jp, limits=replaced(requests_at_once=4), application=gate) as jp, ExitStack() as lines:
        jp.guard.judge = lambda _der: Judged("AA")
        for _ in range(4):
            line = lines.enter_context(jp.connect())
            line.sendall(post("/bulk", b""))
            assert gate.waiting.acquire(timeout=SECONDS)
        assert status(jp.say(post("/quick", b""))) == 429
        jp.guard.judge = lambda _der: Judged("BB")
        assert status(jp.say(post("/quick", b""))) == 200
        gate.opened.set()
