"""The partners' doors: bytes in within bounds, one act, bytes out; a stranger learns nothing, no fault shows inside."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from comity.acts import accept, follow
from comity.acts.node import Node
from comity.api.partners import MAX_PULL_BYTES, partners
from comity.exchange import pull as pulls
from comity.exchange import receipt
from comity.exchange.lane import Lane, Mode
from comity.exchange.pull import Pull
from tests.acts.crossing import Forge, outbox, read_receipt, third
from tests.acts.things import holds, stix, take
from tests.api.calling import Answer, call
from tests.joined import Pair
from tests.keys import signer

DOORS = ("envelopes", "pull", "receipts")
PATH = "/exchange/v1/"


def post(pair: Pair, door: str, raw: bytes, **headers: str) -> Answer:
    """Japan calls at Israel's door."""
    return call(partners(pair.il, lambda: None), "POST", PATH + door, raw, **headers)


def pull_of(pair: Pair, **changed: Any) -> bytes:
    asked = Pull("JP", "IL", pair.agreement, Mode.ACTUAL, Lane.ROUTINE, 1, 0, pair.clock.now, b"n" * 16)
    return pulls.seal(replace(asked, **changed), pair.jp.vault)


def answered(pair: Pair, **changed: Any) -> bytes:
    """Japan's receipt for what Israel sent, changed where the test says so."""
    take(pair.il, stix("malware", "one"))
    follow.follow(pair.il, pair.agreement)
    raw = accept.accept(pair.jp, outbox(pair.il, pair.agreement)[0].raw)
    return receipt.seal(replace(read_receipt(pair, raw, by="JP"), **changed), pair.jp.vault)


# -- what each door does --------------------------------------------------------------------------------------------


def test_an_envelope_in_its_receipt_out(pair: Pair) -> None:
    woken: list[bool] = []
    sent = Forge(pair).send(Forge(pair).stix(stix("malware", "one")))
    application = partners(pair.il, lambda: woken.append(True))
    first = call(application, "POST", PATH + "envelopes", sent)
    assert (first.status, first.headers["content-type"]) == (200, "application/octet-stream")
    assert read_receipt(pair, first.body).verdict is receipt.Answer.ACCEPTED
    assert call(application, "POST", PATH + "envelopes", sent).body == first.body
    assert woken
    assert set(holds(pair.il, "JP")) == {stix("malware", "one")["id"]}


def test_a_pull_in_a_page_out_and_once_only(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    follow.follow(pair.il, pair.agreement)
    application = partners(pair.il, lambda: None)
    page = call(application, "POST", PATH + "pull", pull_of(pair))
    assert pulls.read_page(page.body) == (outbox(pair.il, pair.agreement)[0].raw,)
    assert call(application, "POST", PATH + "pull", pull_of(pair)).status == 403


def test_a_receipt_in_and_it_is_settled(pair: Pair) -> None:
    told = post(pair, "receipts", answered(pair))
    assert (told.status, told.body) == (200, b"")
    assert outbox(pair.il, pair.agreement)[0].state.value == "settled"


# -- what no door takes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("raw", [b"", b"hello", b"{}", b"[" * 10_000, b"\xff\xfe", b'{"payload":"","payload":""}'])
def test_what_is_malformed_is_400(pair: Pair, door: str, raw: bytes) -> None:
    told = post(pair, door, raw)
    assert told.status == 400
    assert raw == b"" or raw not in told.body


@pytest.mark.parametrize("door", DOORS)
def test_content_that_is_encoded_is_not_decoded(pair: Pair, door: str) -> None:
    assert post(pair, door, b"x", content_encoding="gzip").status in (400, 415)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_door_takes_posts_only(pair: Pair, door: str, method: str) -> None:
    assert call(partners(pair.il, lambda: None), method, PATH + door).status == 405


@pytest.mark.parametrize(
    "path", ["/", "/exchange/v1", "/exchange/v1/", "/exchange/v2/envelopes", "/healthz", "/metrics"]
)
def test_there_is_no_other_door(pair: Pair, path: str) -> None:
    for method in ("GET", "POST"):
        assert call(partners(pair.il, lambda: None), method, path).status == 404


@dataclass
class Stream:
    """A body that never ends; counts what was asked of it."""

    chunk: bytes = b"x" * 65536
    given: int = 0
    said: list[Any] = field(default_factory=list)

    async def receive(self) -> dict[str, Any]:
        self.given += len(self.chunk)
        return {"type": "http.request", "body": self.chunk, "more_body": True}

    async def send(self, message: Any) -> None:
        self.said.append(message)


def test_a_body_beyond_its_bound_is_refused_while_it_streams(pair: Pair) -> None:
    """The rest of it is not waited for, whatever the caller said of its length."""
    stream = Stream()
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": PATH + "pull",
        "raw_path": b"",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"content-length", b"10")],
        "server": ("127.0.0.1", 1),
        "client": ("127.0.0.1", 2),
    }
    asyncio.run(partners(pair.il, lambda: None)(scope, stream.receive, stream.send))
    assert stream.said[0]["status"] in (400, 413)
    assert stream.given <= MAX_PULL_BYTES + 2 * len(stream.chunk)


# -- what a stranger learns -----------------------------------------------------------------------------------------


def by_stranger(pair: Pair) -> Iterator[tuple[str, bytes]]:
    stranger = signer("stranger")
    forge = Forge(pair, signer=stranger)
    yield "envelopes", forge.send(forge.stix(stix("malware", "one")))
    asked = Pull("JP", "IL", pair.agreement, Mode.ACTUAL, Lane.ROUTINE, 1, 0, pair.clock.now, b"n" * 16)
    yield "pull", pulls.seal(asked, stranger)
    yield "receipts", receipt.seal(read_receipt(pair, answered(pair), by="JP"), stranger)


def test_a_stranger_is_refused_at_every_door(pair: Pair) -> None:
    for door, raw in by_stranger(pair):
        assert post(pair, door, raw).status == 403, door
    assert holds(pair.il, "JP") == {}


def for_agreement(pair: Pair, name: str, door: str) -> bytes:
    """A well signed message of Japan's about the agreement called `name`."""
    ref = replace(Forge(pair).header().agreement, id=name)
    if door == "pull":
        return pull_of(pair, agreement=name)
    if door == "envelopes":
        forge = Forge(pair)
        return forge.send(forge.stix(stix("malware", "one")), agreement=ref)
    return answered(pair, agreement=ref)


@pytest.mark.parametrize("door", DOORS)
def test_one_unknown_agreement_is_told_like_another(pair: Pair, door: str) -> None:
    told = [post(pair, door, for_agreement(pair, name, door)) for name in ("IL-QQ-1", "IL-QQ-2")]
    assert [answer.status for answer in told] == [404, 404]
    assert told[0].body.replace(b"IL-QQ-1", b"*") == told[1].body.replace(b"IL-QQ-2", b"*")
    assert told[0].headers.keys() == told[1].headers.keys()


def by_third(pair: Pair, other: Node, name: str, door: str) -> bytes:
    """A well signed message about the agreement called `name` from a contact that is no party to anything."""
    forge = Forge(pair, signer=other.vault)
    ref = replace(forge.header().agreement, id=name)
    if door == "pull":
        nonce = name.encode()[:16].ljust(16)
        asked = Pull("XX", "IL", name, Mode.ACTUAL, Lane.ROUTINE, 1, 0, pair.clock.now, nonce)
        return pulls.seal(asked, other.vault)
    if door == "envelopes":
        return forge.send(forge.stix(stix("malware", "one")), sender="XX", agreement=ref)
    theirs = replace(read_receipt(pair, answered(pair), by="JP"), sender="XX", agreement=ref)
    return receipt.seal(theirs, other.vault)


@pytest.mark.parametrize("door", DOORS)
def test_a_party_to_nothing_cannot_tell_an_agreement_from_none(pair: Pair, door: str) -> None:
    """A confirmed contact that has not signed this agreement is answered as if there were none (law 4)."""
    other, told = third(pair), []
    for name in (pair.agreement, "IL-QQ-NOTHING"):
        answer = post(pair, door, by_third(pair, other, name, door))
        told.append((answer.status, answer.body.replace(name.encode(), b"*"), answer.headers.keys()))
    assert told[0][0] == 404
    assert told[0] == told[1]


# -- what shows of the inside ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Burning:
    """A store that fails in a way nobody foresaw, and says where."""

    error: Exception

    def begin(self) -> Any:
        raise self.error

    def reader(self) -> Any:
        raise self.error


@pytest.mark.parametrize("door", DOORS)
def test_no_fault_shows_anything_of_the_inside(pair: Pair, door: str) -> None:
    secret = "SELECT body FROM house WHERE name = 'Paper Lantern' -- secret-path/house.db"
    raw = for_agreement(pair, pair.agreement, door)
    broken = replace(pair.il, agreements=lambda _: Burning(RuntimeError(secret)))
    told = call(partners(broken, lambda: None), "POST", PATH + door, raw)
    assert told.status >= 500
    for word in (b"SELECT", b"Paper", b"secret-path", b"Traceback", b"RuntimeError", b".py"):
        assert word not in told.body
    assert not {"server", "x-powered-by"} & told.headers.keys()


def test_a_refusal_quotes_nothing_of_what_the_house_holds(pair: Pair) -> None:
    take(pair.il, stix("malware", "Paper Lantern"))
    for door, raw in by_stranger(pair):
        assert b"Paper Lantern" not in post(pair, door, raw).body
