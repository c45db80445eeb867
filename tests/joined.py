"""Two capitals joined in memory: two real nodes in two folders, whose wires are each other's doors."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from comity.acts import accept, agreements, contacts, deliver, follow, pull, reconciling, standing
from comity.acts.node import Node
from comity.agreement import text
from comity.agreement.instrument import Agreement
from comity.api.nonces import Nonces
from comity.core.errors import Malformed, Unreachable
from comity.exchange.lane import Mode
from comity.labels.label import Tlp
from comity.records import Principal
from comity.release.standing import StandingRelease
from comity.settings import Settings, Store
from comity.wiring import create_node, open_node

EXAMPLES = Path(__file__).parents[1] / "examples"
AGREEMENT = "IL-JP-FICTION"
NOW = datetime(2027, 3, 2, 9, 0, 0, tzinfo=UTC)
DANA, KEN = Principal("person:dana"), Principal("person:ken")
PLACE = "memory://partner"


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Cable:
    """What one node's wire is joined to: the other's doors, by path. Every fault is a setting of the cable.

    `cut`: nobody answers. `deaf`: what is sent arrives, and the answer is lost. `twist` alters an answer on its way.
    """

    other: Node | None = None
    cut: bool = False
    deaf: bool = False
    twist: Callable[[bytes], bytes] = lambda answer: answer
    posts: list[bytes] = field(default_factory=list, repr=False)
    nonces: Nonces | None = None

    def post(self, url: str, raw: bytes, *, max_bytes: int = 0) -> bytes:
        self.posts.append(raw)
        if self.cut or self.other is None:
            raise Unreachable(f"{url} did not answer")
        answer = self.twist(self._door(url)(raw))
        if self.deaf:
            raise Unreachable(f"{url} stopped answering")
        if len(answer) > max_bytes:
            raise Malformed(f"{url} answered more than {max_bytes:,} bytes")
        return answer

    def begin(self, url: str, raw: bytes, *, max_bytes: int = 0) -> Callable[[], bytes]:
        """What is sent arrives at once; whoever waits for the answer hears of a fault."""
        try:
            answer = self.post(url, raw, max_bytes=max_bytes)
        except Exception as error:
            fault = error

            def fail() -> bytes:
                raise fault

            return fail
        return lambda: answer

    def _door(self, url: str) -> Callable[[bytes], bytes]:
        assert self.other is not None
        node, path = self.other, url.removeprefix(PLACE)
        if self.nonces is None:
            self.nonces = Nonces(timedelta(seconds=2 * node.skew_seconds), node.clock)
        fresh = self.nonces.fresh
        doors: dict[str, Callable[[bytes], bytes]] = {
            deliver.PATH: lambda raw: accept.accept(node, raw),
            pull.PULL: lambda raw: pull.page(node, raw, fresh),
            pull.RECEIPTS: lambda raw: _answered(node, raw),
            reconciling.PATH: lambda raw: reconciling.page(node, raw, fresh),
        }
        return doors[path]


def _answered(node: Node, raw: bytes) -> bytes:
    deliver.record_receipt(node, deliver.agreement_of(node, raw), raw)
    return b""


@dataclass
class Pair:
    """Israel and Japan, by their example agreement: fictional terms, real rules."""

    il: Node
    jp: Node
    clock: Clock
    cables: tuple[Cable, Cable]
    agreement: str
    folder: Path

    def settle(self) -> None:
        """Both follow and deliver until neither has anything left to do."""
        busy = True
        while busy:
            busy = False
            for node in (self.il, self.jp):
                busy |= follow.follow(node, self.agreement).read > 0
                busy |= deliver.deliver_due(node, self.agreement).settled > 0


@contextmanager
def joined(
    folder: Path,
    *,
    signed: bool = True,
    mode: Mode = Mode.ACTUAL,
    on: Mapping[str, str] | None = None,
    now: datetime = NOW,
) -> Iterator[Pair]:
    """Both nodes, introduced to each other; with `signed`, the example agreement and standing releases in force.

    `on` says which of them stand in PostgreSQL, and where.
    """
    for party in ("IL", "JP"):
        make(folder / party, party, mode, (on or {}).get(party))
    with opened(folder, now) as pair:
        introduce(pair.il, pair.jp)
        introduce(pair.jp, pair.il)
        if signed:
            sign(pair)
            release(pair.il, "standing-il", ("cyber.*", "intelligence.*"))
            release(pair.jp, "standing-jp", ("cyber.*", "intelligence.*"))
        yield pair


@contextmanager
def opened(folder: Path, now: datetime = NOW) -> Iterator[Pair]:
    """The two nodes in `folder`, as they stand, on one clock and joined by two cables."""
    clock = Clock(now)
    cables = (Cable(), Cable())
    with ExitStack() as stack:
        il, jp = (
            replace(stack.enter_context(open_node(folder / party)), clock=clock, wire=cable, partners={other: PLACE})
            for party, other, cable in zip(("IL", "JP"), ("JP", "IL"), cables, strict=True)
        )
        cables[0].other, cables[1].other = jp, il
        yield Pair(il, jp, clock, cables, AGREEMENT, folder)


@contextmanager
def pair_in(folder: Path, *, signed: bool = True) -> Iterator[Pair]:
    """As `joined`, from a copy of a pair that was made once: making keys and signing takes most of a second."""
    shutil.copytree(_template(signed), folder, dirs_exist_ok=True)
    with opened(folder) as pair:
        yield pair


@cache
def _template(signed: bool) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="comity-pair-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with joined(folder, signed=signed):
        return folder


def make(folder: Path, party: str, mode: Mode = Mode.ACTUAL, dsn: str | None = None) -> None:
    """A node that has the profiles of the example, in files or in PostgreSQL."""
    at = Store() if dsn is None else Store(house=dsn, agreements={AGREEMENT: dsn})
    create_node(folder, Settings(party=party, mode=mode, store=at))
    for profile in (EXAMPLES / "israel-japan" / "profiles").glob("*.yaml"):
        shutil.copy(profile, folder / "profiles" / profile.name)


def example() -> Agreement:
    """The example agreement, as a draft without keys."""
    return text.from_yaml((EXAMPLES / "israel-japan" / "agreement.yaml").read_bytes())


def introduce(node: Node, other: Node) -> None:
    """`node` confirms the card of `other`, whose words were read out."""
    card = contacts.add(node, contacts.export(other, {"en": other.party}, ()), DANA)
    contacts.confirm(node, card.party, other.vault.public.words, DANA)


def sign(pair: Pair, draft: Agreement | None = None) -> bytes:
    """Israel signs, Japan countersigns, both import; what both signed."""
    both = agreements.countersign(pair.jp, agreements.sign(pair.il, draft or example(), DANA), KEN)
    agreements.bring_in(pair.il, both, DANA)
    agreements.bring_in(pair.jp, both, KEN)
    return both


def standing_release(node: Node, name: str, kinds: tuple[str, ...]) -> StandingRelease:
    """Everything the example's annexes for these kinds could take, up to סודי and AMBER."""
    agreement = agreements.held(node, AGREEMENT).newest
    partner = agreements.partner_of(node, agreement)
    terms = list(agreement.of("comity-annex"))
    return StandingRelease(
        id=name,
        origin=node.party,
        agreement=agreement.id,
        kinds=frozenset(kinds),
        annexes=frozenset(str(term.params["annex"]) for term in terms),
        purposes=frozenset(purpose for term in terms for purpose in term.params["purposes"]),
        to=frozenset({follow.receiving_authority(agreement, partner)}),
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=365),
        up_to_level=agreement.levels[node.party][1],
        up_to_tlp=Tlp.AMBER,
        refer=frozenset(),
    )


def release(node: Node, name: str, kinds: tuple[str, ...]) -> None:
    """Signs and keeps that standing release."""
    standing.sign(node, standing_release(node, name, kinds), DANA)
