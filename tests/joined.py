"""Two capitals joined in memory: two real nodes in two folders, whose wires are each other's doors."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from comity.acts import accept, agreements, contacts, deliver, follow, standing
from comity.acts.node import Node
from comity.agreement import text
from comity.agreement.instrument import Agreement
from comity.core.errors import Unreachable
from comity.labels.label import Tlp
from comity.records import Principal
from comity.release.standing import StandingRelease
from comity.settings import Settings
from comity.wiring import create_node, open_node

EXAMPLES = Path(__file__).parents[1] / "examples"
NOW = datetime(2027, 3, 2, 9, 0, 0, tzinfo=UTC)
DANA, KEN = Principal("person:dana"), Principal("person:ken")


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Cable:
    """What one node's wire is joined to. Cut it, and nobody answers."""

    other: Node | None = None
    cut: bool = False
    sent: int = 0

    def post(self, url: str, raw: bytes, *, max_bytes: int = 0) -> bytes:
        if self.cut or self.other is None:
            raise Unreachable(f"{url} did not answer")
        self.sent += 1
        return accept.accept(self.other, raw)


@dataclass
class Pair:
    """Israel and Japan, by their example agreement: fictional terms, real rules."""

    il: Node
    jp: Node
    clock: Clock
    cables: tuple[Cable, Cable]
    agreement: str

    def settle(self) -> None:
        """Both follow and deliver until neither has anything left to do."""
        busy = True
        while busy:
            busy = False
            for node in (self.il, self.jp):
                busy |= follow.follow(node, self.agreement).read > 0
                busy |= deliver.deliver_due(node, self.agreement).settled > 0


@contextmanager
def joined(folder: Path, *, signed: bool = True) -> Iterator[Pair]:
    """Both nodes, introduced to each other; with `signed`, the example agreement and standing releases in force."""
    clock = Clock()
    cables = (Cable(), Cable())
    with ExitStack() as stack:
        il, jp = (
            _node(stack, folder / party, party, clock, cable) for party, cable in zip(("IL", "JP"), cables, strict=True)
        )
        cables[0].other, cables[1].other = jp, il
        introduce(il, jp)
        introduce(jp, il)
        pair = Pair(il, jp, clock, cables, example().id)
        if signed:
            sign(pair)
            release(il, "standing-il", ("cyber.*", "intelligence.*"))
            release(jp, "standing-jp", ("intelligence.*",))
        yield pair


def example() -> Agreement:
    """The example agreement, as a draft without keys."""
    return text.from_yaml((EXAMPLES / "israel-japan" / "agreement.yaml").read_bytes())


def introduce(node: Node, other: Node) -> None:
    """`node` confirms the card of `other`, whose words were read out."""
    card = contacts.add(node, contacts.export(other, {"en": other.party}, ()), DANA)
    contacts.confirm(node, card.party, other.vault.public.words, DANA)


def sign(pair: Pair) -> None:
    """Israel signs, Japan countersigns, both import."""
    both = agreements.countersign(pair.jp, agreements.sign(pair.il, example(), DANA), KEN)
    agreements.bring_in(pair.il, both, DANA)
    agreements.bring_in(pair.jp, both, KEN)


def release(node: Node, name: str, kinds: tuple[str, ...]) -> None:
    """A standing release of everything the example's annexes for these kinds could take, up to סודי and AMBER."""
    agreement = agreements.held(node, example().id).newest
    partner = agreements.partner_of(node, agreement)
    level = agreement.levels[node.party][1]
    terms = list(agreement.of("comity-annex"))
    standing.sign(
        node,
        StandingRelease(
            id=name,
            origin=node.party,
            agreement=agreement.id,
            kinds=frozenset(kinds),
            annexes=frozenset(str(term.params["annex"]) for term in terms),
            purposes=frozenset(purpose for term in terms for purpose in term.params["purposes"]),
            to=frozenset({follow.receiving_authority(agreement, partner)}),
            valid_from=NOW - timedelta(days=1),
            valid_until=NOW + timedelta(days=365),
            up_to_level=level,
            up_to_tlp=Tlp.AMBER,
            refer=frozenset(),
        ),
        DANA,
    )


def _node(stack: ExitStack, folder: Path, party: str, clock: Clock, cable: Cable) -> Node:
    other = "JP" if party == "IL" else "IL"
    create_node(folder, Settings(party=party))
    node = stack.enter_context(open_node(folder))
    return replace(node, clock=clock, wire=cable, partners={other: "memory://"})
