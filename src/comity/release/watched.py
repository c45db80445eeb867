"""A matter that notes what is read of it, for a comparison of texts.

What many rules ask is worked out once for all classes: whether somebody is a third party, how high a thing stands,
whether a clearance reaches it.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from comity.agreement.instrument import Term
from comity.agreement.life import Status
from comity.release.matter import STEADS, Effective, Found, Matter
from comity.release.question import Act
from comity.release.reader import Clearance
from comity.release.watching import Watch, WatchedQuestion

if TYPE_CHECKING:
    from comity.release.regions import Side


class WatchedMatter(Matter):
    """A matter that notes readings of its act and of the text's force, and which kinds of term were consulted."""

    side: "Side"
    consulted: set[str]
    _by_kind: "Consulted | None" = None

    def work(
        self, key: object, ask: Callable[["WatchedMatter"], Any], reading: Callable[[Any], Any] = lambda found: found
    ) -> Any:
        """What is worked out from the axes, or what `reading` reads of it."""
        worked = self.side.working(key, ask)
        self.consulted |= worked.consulted
        return self._watch.among(worked.name, worked.values, lambda value: reading(value.fields["worked"]))

    @property
    def act(self) -> Act:
        return cast("Act", self._watch.read("act", "act"))

    @act.setter
    def act(self, _act: Act) -> None:
        """It is the watch that knows."""

    @property
    def status(self) -> Status:
        self._watch.read("force", "force")
        return self._status

    @status.setter
    def status(self, status: Status) -> None:
        self._status = status

    @property
    def terms(self) -> tuple[Term, ...]:
        self.consulted.add("*")
        return self._terms

    @terms.setter
    def terms(self, terms: tuple[Term, ...]) -> None:
        self._terms = terms

    @property
    def by_kind(self) -> dict[str, list[Term]]:
        if self._by_kind is None:
            self._by_kind = Consulted(self.side.kinds, self.consulted)
        return self._by_kind

    @property
    def steads(self) -> tuple[Term, ...]:
        self.consulted |= set(STEADS)
        return tuple(term for term in self._terms if term.rule in STEADS)

    @property
    def ended(self) -> bool:
        return bool(self._watch.read("force", "ended"))

    # what is worked out once for all classes

    def once(self, what: Callable[..., Found], *about: Any) -> Found:
        rules = {one.rule for one in about if isinstance(one, Term)}
        key = (what, *((one.article, one.rule) if isinstance(one, Term) else one for one in about))

        def ask(matter: WatchedMatter) -> Found:
            matter.consulted |= rules  # what a term says is read of it, without looking for its kind
            return what(*about, matter)

        return cast("Found", self.work(key, ask))

    @property
    def foreign(self) -> frozenset[str]:
        return cast("frozenset[str]", self.work("foreign", _plainly("foreign")))

    @property
    def bound_parties(self) -> frozenset[str]:
        return cast("frozenset[str]", self.work("bound", _plainly("bound_parties")))

    @property
    def third(self) -> bool:
        return bool(self.work("third", _plainly("third")))

    @property
    def purpose(self) -> str | None:
        return cast("str | None", self.work("what for", vars(Matter)["purpose"].fget))

    @property
    def marks(self) -> tuple[tuple[str, str, str | None], ...]:
        return cast("tuple[tuple[str, str, str | None], ...]", self.work("marks", _plainly("marks")))

    @property
    def rank(self) -> Any:
        """As a matter says it. Whether it is classified at all is asked apart from how high it stands."""
        return WatchedRank(self) if self.work("rank", _plainly("rank"), lambda rank: rank is not None) else None

    def effective(self, target: str) -> Effective:
        return cast("Effective", self.work(("effective", target), lambda matter: Matter.effective(matter, target)))

    def cleared(self, clearance: Clearance | None) -> bool:
        return bool(self.work(("cleared", clearance), lambda matter: Matter.cleared(matter, clearance)))

    @property
    def _watch(self) -> Watch:
        return cast("WatchedQuestion", self.question).watch


def _plainly(name: str) -> Callable[[WatchedMatter], Any]:
    """What a matter finds under this name, worked out from the axes."""
    return cast("Callable[[WatchedMatter], Any]", vars(Matter)[name].func)


class WatchedRank:
    """How high something classified stands: read only where it is compared."""

    def __init__(self, matter: WatchedMatter) -> None:
        self._matter = matter

    def _is(self, reading: Callable[[int], bool]) -> bool:
        return bool(self._matter.work("rank", _plainly("rank"), lambda rank: rank is not None and reading(rank)))

    def __lt__(self, other: int) -> bool:
        return self._is(lambda rank: rank < other)

    def __le__(self, other: int) -> bool:
        return self._is(lambda rank: rank <= other)

    def __gt__(self, other: int) -> bool:
        return self._is(lambda rank: rank > other)

    def __ge__(self, other: int) -> bool:
        return self._is(lambda rank: rank >= other)

    def __eq__(self, other: object) -> bool:
        return self._is(lambda rank: rank == other)

    def __hash__(self) -> int:
        return hash(self._matter.work("rank", _plainly("rank")))


class Consulted(dict[str, list[Term]]):
    """The terms by kind; what is asked for is noted."""

    def __init__(self, found: Mapping[str, list[Term]], consulted: set[str]) -> None:
        super().__init__(found)
        self._consulted = consulted

    def get(self, kind: str, default: Any = None) -> Any:
        self._consulted.add(kind)
        return super().get(kind, default)

    def __getitem__(self, kind: str) -> list[Term]:
        self._consulted.add(kind)
        return super().__getitem__(kind)
