"""TAXII on the real listener: beside the exchange, over TLS without a certificate, and whatever is sent to it."""

import gzip
import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.acts import offering, pull
from comity.annexes.cyber.taxii import media
from comity.core import certificate
from comity.release.collection import Holder
from comity.settings import Limits
from tests.api.asking import API, shown
from tests.api.scene import DANA, Scene, scene
from tests.api.served import Served, a_pull, capitals, files_of, is_well, post, served, shows, status, told
from tests.api.test_hostile import LIMITS
from tests.joined import DANA as BY
from tests.joined import Pair, introduce, sign

IL, JP = "IL", "JP"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("taxii")) as made:
        yield made


@pytest.fixture(scope="module")
def pair(there: Scene) -> Pair:
    return there.pair


@pytest.fixture(scope="module")
def jp(pair: Pair, there: Scene) -> Iterator[Served]:
    with served(pair.jp, limits=LIMITS, views=there.views) as at:
        yield at


def lines(first: str, *headers: str, host: str = "Host: localhost", body: bytes = b"") -> bytes:
    return "\r\n".join([first, host, *headers, "", ""]).encode("latin-1") + body


AS_DANA = f"Authorization: {shown(DANA)['authorization']}"
CLOSE = "Connection: close"


def get(target: str, *headers: str) -> bytes:
    return lines(f"GET {target} HTTP/1.1", AS_DANA, CLOSE, *headers)


def to(there: Scene, *headers: str, body: bytes = b"", method: str = "POST") -> bytes:
    return lines(f"{method} {there.objects(there.rw)} HTTP/1.1", AS_DANA, *headers, body=body)


def is_well_both(jp: Served, pair: Pair) -> bool:
    """A good request to each door is answered."""
    return status(jp.say(get(API))) == 200 and is_well(jp, pair.il)


def is_told(answer: bytes, *wanted: int) -> None:
    """A refusal as TAXII tells it: an error resource of our type."""
    assert status(answer) in wanted, answer[:200]
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"content-type: {media.TAXII}".encode() in head.lower()
    assert re.fullmatch(rb'\{"title":"[^"]+",("description":"[^"]*",)?"http_status":"\d{3}"\}', body)


def test_both_doors_are_open(jp: Served, pair: Pair, there: Scene) -> None:
    assert is_well_both(jp, pair)
    answer = jp.say(get(there.objects(there.ro) + "?limit=2"))
    assert status(answer) == 200
    assert b'"more":true' in answer


def test_head_sends_no_body(jp: Served, there: Scene) -> None:
    answer = jp.say(get(there.objects(there.ro)).replace(b"GET", b"HEAD", 1))
    assert status(answer) == 200
    assert answer.endswith(b"\r\n\r\n")
    assert not re.search(rb"content-length: 0\r\n", answer)


def test_requests_one_behind_the_other_are_answered_in_turn(jp: Served, there: Scene) -> None:
    one = get(API).replace(f"{CLOSE}\r\n".encode(), b"")
    answers = jp.say(one * 20 + one.replace(b"api", b"no") + get(API))
    assert re.findall(rb"HTTP/1\.1 (\d{3}) ", answers) == [b"200"] * 20 + [b"404", b"200"]


CHUNKED = "Transfer-Encoding: chunked"
SHAPES: dict[str, tuple[tuple[str, ...], bytes, set[int]]] = {
    "length and chunked": (("Content-Length: 4", CHUNKED), b"0\r\n\r\n", {400}),
    "two lengths": (("Content-Length: 4", "Content-Length: 5"), b"12345", {400}),
    "a negative length": (("Content-Length: -1",), b"", {400}),
    "chunked": ((CHUNKED,), b"4\r\nabcd\r\n0\r\n\r\n", {411}),
    "gzip": (("Content-Length: 20", "Content-Encoding: gzip"), gzip.compress(b""), {415}),
    "a bomb": (("Content-Length: 990", "Content-Encoding: gzip"), gzip.compress(bytes(1_000_000)), {415}),
    "identity, then gzip": (
        ("Content-Length: 1", "Content-Encoding: identity", "Content-Encoding: gzip"), b"x", {415}),
    "a large body": (("Content-Length: 200001", f"Content-Type: {media.TAXII}"), b"x" * 1000, {413}),
    "a body of rubbish": (("Content-Length: 3", f"Content-Type: {media.TAXII}"), b"\xff\x00{", {422}),
    "deep JSON": (("Content-Length: 100000", f"Content-Type: {media.TAXII}"), b"[" * 100_000, {422}),
    "an empty body": (("Content-Length: 0", f"Content-Type: {media.TAXII}"), b"", {422}),
    "no body at all": ((f"Content-Type: {media.TAXII}",), b"", {422}),
    "another host": (("Host: elsewhere", "Content-Length: 0"), b"", {400}),
    "an upgrade": (("Upgrade: websocket", "Connection: upgrade", "Content-Length: 9"), b"", {400}),
    "an expectation": (("Expect: the-impossible", "Content-Length: 0"), b"", {417}),
    "two credentials": ((AS_DANA, "Content-Length: 0"), b"", {401}),
    "a large header": (("X-A: " + "a" * 9000,), b"", {431}),
    "many headers": (tuple(f"X-{n}: a" for n in range(2000)), b"", {431}),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hostile_shape_is_refused_as_taxii_tells_it_and_the_node_goes_on(
    shape: str, jp: Served, pair: Pair, there: Scene
) -> None:
    headers, body, wanted = SHAPES[shape]
    is_told(jp.say(to(there, CLOSE, *headers, body=body)), *wanted)
    assert is_well_both(jp, pair)


PATHS = (
    "//taxii2/", "/TAXII2/api/", "/taxii2%c3%28/",
    "/taxii2", "/taxii2/api", "/taxii2/../exchange/v1/pull", "/taxii2/./", "/taxii2//", "/taxii2/%61pi/",
    "/taxii2/api\\", "/taxii2/api/collections/%2e%2e/", "/taxii2/api/collections/..;/",
    "/taxii2/api/\xe9/", "/taxii2/api/?a=\xe9",
    "/taxii2/api/#x", "/taxii2/api/collections/'/", "/taxii2/api/?" + "a" * 3000, "/taxii2/api/?match[type]=<script>",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT", "PATCH", "TRACE"])
def test_a_path_that_is_none_is_refused(path: str, method: str, jp: Served) -> None:
    answer = jp.say(lines(f"{method} {path} HTTP/1.1", AS_DANA, CLOSE, "Content-Length: 0"))
    if method in ("HEAD", "OPTIONS"):
        assert 400 <= status(answer) < 500 or (method, path[-1]) == ("OPTIONS", "a")
    else:
        is_told(answer, 400, 404, 405)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60), st.sampled_from(["path", "query"]))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_target_is_answered_without_a_fault_of_ours(jp: Served, text: str, where: str) -> None:
    target = f"/taxii2/api/{text}" if where == "path" else f"/taxii2/api/collections/high-value/objects/?{text}"
    assert status(jp.say(get(target))) in (200, 400, 404)


@given(st.binary(min_size=1, max_size=300))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_body_is_refused(jp: Served, there: Scene, raw: bytes) -> None:
    answer = jp.say(to(there, CLOSE, f"Content-Length: {len(raw)}", f"Content-Type: {media.TAXII}", body=raw))
    is_told(answer, 422)


NAMES = ["Accept", "Authorization", "Content-Type", "Content-Encoding", "X-Forwarded-For", "Range", "If-None-Match"]


@given(
    st.sampled_from(NAMES),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=80),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_header_is_answered_without_a_fault_of_ours(jp: Served, name: str, value: str) -> None:
    assert status(jp.say(get(API, f"{name}: {value}"))) in (200, 400, 401, 406, 415)


@pytest.mark.parametrize("sent", [0, 10, 99_999])
def test_a_body_that_does_not_come_ends_the_line(sent: int, jp: Served, pair: Pair, there: Scene) -> None:
    with jp.connect() as slow:
        slow.sendall(to(there, "Content-Length: 100000", f"Content-Type: {media.TAXII}", body=b"x" * sent))
        assert is_well_both(jp, pair), "meanwhile others are answered"
        is_told(told(slow, b""), 408)


def test_a_head_that_does_not_come_ends_the_line(jp: Served, pair: Pair) -> None:
    with jp.connect() as slow:
        slow.sendall(get(API)[:-2])
        assert is_well_both(jp, pair), "meanwhile others are answered"
        is_told(told(slow, b""), 408)


def test_what_is_too_large_is_told_before_it_has_come(there: Scene, pair: Pair) -> None:
    """Section 4.2.1; the rest of the body is not waited for."""
    with served(pair.jp, limits=Limits(body_bytes=1000), views=there.views) as jp, jp.connect() as line:
        line.sendall(to(there, "Content-Length: 1001", f"Content-Type: {media.TAXII}", body=b"x" * 10))
        is_told(told(line, b""), 413)


def test_a_thousand_idle_lines_do_not_stop_it(there: Scene, pair: Pair) -> None:
    with served(pair.jp, views=there.views) as jp, ExitStack() as held:
        for _ in range(1000):
            held.enter_context(jp.connect())
        assert all(is_well_both(jp, pair) for _ in range(5))


def test_whoever_guesses_is_put_off_and_the_known_are_not(there: Scene, pair: Pair) -> None:
    few = Limits(requests_a_second=1, requests_in_a_burst=3)
    with served(pair.jp, limits=few, views=there.views) as jp:
        wrong = lines("GET /taxii2/ HTTP/1.1", "Authorization: Bearer guess", CLOSE)
        assert [status(jp.say(wrong)) for _ in range(5)] == [401, 401, 401, 429, 429]
        assert [status(jp.say(get(API))) for _ in range(10)] == [200] * 10


# -- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def capital(tmp_path: Path) -> Iterator[Pair]:
    def introduced(pair: Pair) -> None:
        introduce(pair.il, pair.jp)
        introduce(pair.jp, pair.il)
        sign(pair)

    with capitals(tmp_path, introduced) as pair:
        yield pair


def test_with_tls_a_consumer_needs_no_certificate_and_the_exchange_still_does(capital: Pair, there: Scene) -> None:
    with served(capital.jp, files=files_of(capital.folder / JP), views=there.views) as jp:
        assert status(jp.say(get(API), shows(None))) == 200
        answer = jp.say(get("/taxii2/"), shows(None))
        assert b'"default":"https://localhost/taxii2/api/"' in answer
        refused = jp.say(post(pull.PULL, a_pull(capital.il, JP)), shows(None))
        assert status(refused) == 403
        assert b"show a certificate" in refused
        assert is_well(jp, capital.il, shows(capital.folder / IL))


def test_without_consumers_nobody_shakes_hands_without_a_certificate(capital: Pair) -> None:
    with served(capital.jp, files=files_of(capital.folder / JP)) as jp:
        assert jp.say(get(API), shows(None)) == b""
        assert is_well(jp, capital.il, shows(capital.folder / IL))


def test_8_2_2_a_consumer_may_speak_tls_1_2_and_the_exchange_may_not(capital: Pair, there: Scene) -> None:
    older = ssl.TLSVersion.TLSv1_2
    with served(capital.jp, files=files_of(capital.folder / JP), views=there.views) as jp:
        assert status(jp.say(get(API), shows(None, most=older))) == 200
        refused = jp.say(post(pull.PULL, a_pull(capital.il, JP)), shows(capital.folder / IL, most=older))
        assert status(refused) == 403
        assert b"connect with TLS 1.3" in refused


@pytest.mark.parametrize(
    "cipher", ["AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES256-GCM-SHA384"]
)
def test_8_2_2_a_weak_cipher_is_refused(capital: Pair, there: Scene, cipher: str) -> None:
    with served(capital.jp, files=files_of(capital.folder / JP), views=there.views) as jp:
        context = shows(None, most=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers(cipher + ":@SECLEVEL=0")
        with pytest.raises(ssl.SSLError):
            jp.connect(context)


def test_8_3_1_a_certificate_is_a_credential_while_it_holds(capital: Pair, there: Scene) -> None:
    (pem,) = re.findall(r"-+BEGIN CERT.*?END CERT.*?-+\n", files_of(capital.folder / IL)[0].read_text(), re.DOTALL)[:1]
    fingerprint = certificate.read(ssl.PEM_cert_to_DER_cert(pem)).fingerprint
    offering.issue(there.node, Holder.ORGANISATION, "bank", BY, fingerprint=fingerprint)
    with served(capital.jp, files=files_of(capital.folder / JP), views=there.views) as jp:
        mine = shows(capital.folder / IL)
        plain = lines(f"GET {there.objects(there.hidden)} HTTP/1.1", CLOSE)
        assert status(jp.say(plain, mine)) == 200
        assert status(jp.say(plain, shows(None))) == 401
        wrong = lines(f"GET {API} HTTP/1.1", CLOSE, "Authorization: Bearer wrong")
        assert status(jp.say(wrong, mine)) == 401, "what is said counts before what is shown"
        capital.clock.forward(days=400)
        assert status(jp.say(plain, mine)) == 401
