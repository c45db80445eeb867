"""Law 4 over TAXII: two nodes that differ in what is withheld give the same bytes to any requests, in any order."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from comity.acts import follow, offering, policies, showing
from comity.acts.collections import Served
from comity.acts.node import Node
from comity.api.taxii import Taxii
from comity.labels.label import Tlp
from comity.release.collection import Holder, Token
from comity.release.offered import Audience, Definition
from comity.settings import Limits
from tests.acts import policied
from tests.acts.things import relation, stix, stix_id, take
from tests.api.asking import API, Answer, Client, memory
from tests.joined import DANA, Pair, pair_in

JAPAN, SHOP = Token("j" * 40), Token("s" * 40)
LIMITS = Limits(requests_a_second=1_000_000, requests_in_a_burst=1_000_000)
NUMBERS = range(6)
UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def draws(seed: bytes) -> Callable[[int], bytes]:
    """Random bytes that two nodes draw alike, as long as they draw for the same reasons."""
    count = 0

    def draw(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(seed + count.to_bytes(8)).digest(size)

    return draw


def offer(node: Node) -> dict[str, str]:
    """What Japan reads and writes, and what a company of our own reads; the ids of the collections."""
    offering.issue(node, Holder.PARTY, "JP", DANA, secret=JAPAN.secret)
    offering.issue(node, Holder.ORGANISATION, "shop", DANA, secret=SHOP.secret)
    out = Definition("", "For Japan", alias="out", agreement="IL-JP-FICTION", party="JP")
    shop = Definition("", "For the shop", alias="shop", audience=Audience("shop", "company"))
    made = (out, replace(out, title="From Japan", alias="in", inbox=True), shop)
    return {str(one.alias): offering.define(node, one, DANA).id for one in made}


def targets() -> st.SearchStrategy[str]:
    """Requests that somebody curious would make: also by ids of what is withheld."""
    ids = st.sampled_from([stix_id("malware", f"{kind}{n}") for kind in ("n", "w") for n in NUMBERS])
    query = st.sampled_from(
        ["", "?limit=1", "?limit=2", "?match[version]=all", "?match[type]=malware", "?match[type]=relationship",
         "?added_after=2027-03-02T09:00:00.000002Z", "?match[version]=first&limit=3", "?next=AAAAAAAAAAE", "?x=1"]
    )  # fmt: skip
    under = st.one_of(
        st.just(""),
        st.builds("manifest/{}".format, query),
        st.builds("objects/{}".format, query),
        st.builds("objects/{}/{}".format, ids, query),
        st.builds("objects/{}/versions/".format, ids),
        st.builds("objects/?match[id]={},{}".format, ids, ids),
    )
    name = st.sampled_from(["out", "in", "shop", "nothing"])
    return st.one_of(
        st.sampled_from(["/taxii2/", API, API + "collections/", API + "status/nothing/"]),
        st.builds((API + "collections/{}/{}").format, name, under),
    )


class Worlds(RuleBasedStateMachine):
    """`full` holds what `bare` lacks: red things, and whatever leans on them. Both are asked the same."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="comity-worlds-"))
        self.stack.callback(shutil.rmtree, folder, ignore_errors=True)
        self.pairs: list[Pair] = [self.stack.enter_context(pair_in(folder / name)) for name in ("full", "bare")]
        for pair in self.pairs:
            pair.il = replace(pair.il, entropy=draws(b"il"))
        self.ids = [offer(pair.il) for pair in self.pairs]
        self.clients = [
            {who: Client(memory(Taxii(Served(pair.il), "IL", LIMITS)), who) for who in (JAPAN, SHOP)}
            for pair in self.pairs
        ]
        self.next: str | None = None
        self.version = 1

    @initialize()
    def same_names(self) -> None:
        assert self.ids[0] == self.ids[1]

    @rule(number=st.sampled_from(NUMBERS), tlp=st.sampled_from([Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER]))
    def give(self, number: int, tlp: Tlp) -> None:
        self.version += 1
        modified = f"2027-03-01T07:00:00.{self.version:03}Z"
        for pair in self.pairs:
            take(pair.il, stix("malware", f"n{number}", tlp, modified=modified))

    @rule(number=st.sampled_from(NUMBERS), newer=st.booleans())
    def withhold(self, number: int, newer: bool) -> None:
        """A red thing, or a red newer version of what may go: only in the full world."""
        self.version += 1
        modified = f"2027-03-01T07:00:00.{self.version:03}Z"
        take(self.pairs[0].il, stix("malware", f"{'n' if newer else 'w'}{number}", Tlp.RED, modified=modified))

    @rule(number=st.sampled_from(NUMBERS))
    def lean(self, number: int) -> None:
        """Something that may go and names what is withheld in one world and unknown in the other: it waits in both."""
        given, red = (stix("malware", f"{kind}{number}") for kind in ("n", "w"))
        for pair in self.pairs:
            take(pair.il, relation(f"r{number}", given, red))

    @rule(level=st.sampled_from([3, 4]))
    def turn(self, level: int) -> None:
        """A change of our own rules closes our own collections until everything has been asked again."""
        for pair in self.pairs:
            policied.write(pair, policied.rule("high", f"resource.level > {level}"))
            policies.note(pair.il)

    @rule()
    def work(self) -> None:
        for pair in self.pairs:
            follow.follow(pair.il, pair.agreement)
            for store in sorted(showing.stores(pair.il)):
                showing.follow(pair.il, store)

    @rule(wanted=targets(), method=st.sampled_from(["GET", "GET", "GET", "HEAD", "DELETE"]))
    def ask(self, wanted: str, method: str) -> None:
        answer = self.same(lambda client: client.ask(method, wanted))
        told = re.search(rb'"next":"([^"]+)"', answer.body)
        self.next = told[1].decode() if told else self.next

    @rule(limit=st.integers(1, 3))
    def go_on(self, limit: int) -> None:
        if self.next is not None:
            wanted = f"{API}collections/out/objects/?match[version]=all&limit={limit}&next={self.next}"
            self.same(lambda client: client.get(wanted))

    @rule(number=st.sampled_from(NUMBERS), kind=st.sampled_from("nw"), name=st.sampled_from(["in", "out", "shop"]))
    def write(self, number: int, kind: str, name: str) -> None:
        """Also under the id of what is withheld: whoever writes learns nothing from what is kept already."""
        value: dict[str, Any] = {"objects": [stix("malware", f"{kind}{number}", Tlp.GREEN, is_family=False)]}
        self.same(lambda client: client.post(f"{API}collections/{name}/objects/", value))

    def same(self, ask: Callable[[Client], Answer]) -> Answer:
        """What Japan, and a company of our own, are told in both worlds; what Japan is told."""
        self._same(ask, SHOP)
        return self._same(ask, JAPAN)

    def _same(self, ask: Callable[[Client], Answer], who: Token) -> Answer:
        full, bare = (ask(clients[who]) for clients in self.clients)
        assert (full.status, full.headers) == (bare.status, bare.headers)
        assert unnamed(full) == unnamed(bare)
        assert full.status < 500 or full.status == 503
        return full

    def teardown(self) -> None:
        self.stack.close()


def unnamed(answer: Answer) -> bytes:
    """Without the random id of a post's status, which says nothing and is drawn at each."""
    return UUID.sub(b"", answer.body, count=1) if answer.status == 202 else answer.body


@pytest.mark.slow
def test_two_worlds_that_differ_in_what_is_withheld_answer_alike() -> None:
    """Seen to fail with the times of a view counted on from the size of the house,."""
    run_state_machine_as_test(
        Worlds,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_worlds_show_what_may_be_seen() -> None:
    """The machine above would hold of two empty worlds, too: here is something to see."""
    worlds = Worlds()
    worlds.give(1, Tlp.GREEN)
    worlds.withhold(1, newer=False)
    worlds.withhold(1, newer=True)
    worlds.lean(1)
    worlds.work()
    answer = worlds.same(lambda client: client.get(API + "collections/out/objects/"))
    assert answer.ids == [stix_id("malware", "n1")]
    assert worlds.clients[0][SHOP].get(API + "collections/shop/objects/").status == 200
    worlds.turn(3)
    assert worlds.clients[0][SHOP].get(API + "collections/shop/objects/").status == 503
    worlds.work()
    assert worlds.clients[0][SHOP].get(API + "collections/shop/objects/").status == 200
    worlds.teardown()
