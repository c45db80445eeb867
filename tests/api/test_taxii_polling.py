"""A poller misses nothing and sees nothing twice while others write; one bad object stops none of it."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from comity.acts import offering
from comity.acts.collections import Served as Views
from comity.app.connection import Patience
from comity.release.collection import Holder, Token
from comity.settings import Limits
from tests.acts.shelves import indicator, shelved, working
from tests.api.asking import API, Answer, Client
from tests.api.served import SECONDS, served
from tests.joined import DANA

WRITERS, ENVELOPES, SIZE = 4, 6, 5
SHOP = Token("s" * 40)
PATIENT = Patience(head=10.0, body=10.0, look=1.0, linger=1.0)
LAST = "x-taxii-date-added-last"


@contextmanager
def listening(folder: Path, dsn: str | None) -> Iterator[int]:
    """A node with one collection that a company reads and writes, behind the real listener."""
    with shelved(folder, dsn) as node:
        working(node)
        offering.issue(node, Holder.ORGANISATION, "shop", DANA, secret=SHOP.secret)
        with served(node, views=Views(node), limits=Limits(requests_at_once=WRITERS), patience=PATIENT) as at:
            yield at.port


@contextmanager
def client(port: int) -> Iterator[Client]:
    line = HTTPConnection("127.0.0.1", port, timeout=12 * SECONDS)

    def send(method: str, target: str, headers: Any, body: bytes) -> Answer:
        line.request(method, target, body or None, {name: value for name, value in headers.items() if name != "host"})
        answer = line.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, answer.read())

    with closing(line):
        yield Client(send, SHOP)


def write(port: int, writer: int, faults: list[str]) -> None:
    with client(port) as mine:
        for envelope in range(ENVELOPES):
            first = (writer * ENVELOPES + envelope) * SIZE + 1
            good = [indicator(number) for number in range(first, first + SIZE)]
            objects = [{"type": "indicator", "id": "bad"}, *good]
            answer = mine.post(f"{API}collections/rw/objects/", {"objects": objects})
            if (answer.status, answer.json.get("failure_count")) != (202, 1):
                faults.append(f"{answer.status} {answer.body[:300]!r}")


def poll(port: int, by: str, done: threading.Event, seen: list[str]) -> None:
    """Goes on where it stood until a page that was asked for after the last write is empty."""
    place = ""
    with client(port) as mine:
        while True:
            over = done.is_set()
            answer = mine.get(f"{API}collections/rw/objects/?limit=7{place}")
            seen += answer.ids
            if by == "next" and "next" in answer.json:
                place = f"&next={answer.json['next']}"
            elif answer.ids:
                place = f"&added_after={answer.headers[LAST]}"
            if over and not answer.ids:
                return


def check(port: int) -> None:
    """Four writers and two pollers, one by `next` and one by `added_after`: each object once, whatever goes on."""
    done, faults = threading.Event(), list[str]()
    seen: dict[str, list[str]] = {"next": [], "added_after": []}
    pollers = [threading.Thread(target=poll, args=(port, by, done, seen[by]), daemon=True) for by in seen]
    writers = [threading.Thread(target=write, args=(port, one, faults), daemon=True) for one in range(WRITERS)]
    for thread in (*pollers, *writers):
        thread.start()
    for thread in writers:
        thread.join(12 * SECONDS)
    done.set()
    for thread in pollers:
        thread.join(12 * SECONDS)
    assert faults == []
    wanted = sorted(indicator(number)["id"] for number in range(1, WRITERS * ENVELOPES * SIZE + 1))
    for by, ids in seen.items():
        assert sorted(ids) == wanted, by


@pytest.mark.slow
def test_no_object_is_missed_or_seen_twice(tmp_path: Path) -> None:
    with listening(tmp_path / "node", None) as port:
        check(port)


@pytest.mark.slow
def test_no_object_is_missed_or_seen_twice_on_a_server(tmp_path: Path, dsn: str) -> None:
    with listening(tmp_path / "node", dsn) as port:
        check(port)
