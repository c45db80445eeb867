"""Reading collections that others serve: what is new is taken in by a source profile, what is missing is found.

Where a reading stands is kept only when all of it is here. A reading that broke off begins anew, and what was taken in
already is kept once: nothing is lost and nothing stands twice (law 6).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from comity.acts import housefact, intake
from comity.acts.node import Node
from comity.acts.ports import HouseReader
from comity.core.errors import Absent, Malformed
from comity.records import Principal
from comity.release import subscription
from comity.release.subscription import Forgotten, Mirror, Progress, Subscription

FACT = "subscription"
TYPE = "application/vnd.comity.subscription+json"
MOST_PAGES = 100_000
"""Pages of one reading; a server that has more to tell without end is left there."""
NAMED = 20
"""Things asked for by name in one request: their ids fit into any server's longest address."""


@dataclass(slots=True)
class Polled:
    """What one reading brought. `since`: what the other side had added until then is here."""

    pages: int = 0
    taken: int = 0
    already: int = 0
    quarantined: int = 0
    since: str | None = None

    def add(self, one: intake.Taken) -> None:
        self.taken += one.taken
        self.already += one.already
        self.quarantined += len(one.quarantined)


@dataclass(slots=True)
class Compared:
    """What the other side lists, how much of it was not here, what was fetched, and what it lists and does not give."""

    listed: int = 0
    missing: int = 0
    polled: Polled = field(default_factory=Polled)
    withheld: list[tuple[str, str]] = field(default_factory=list)


def _untold(_done: int) -> None:
    """Nobody watches."""


def poll(node: Node, name: str, by: Principal, told: Callable[[int], None] = _untold) -> Polled:
    """Takes in what was added since the last reading. Raises `Busy`, `Unreachable`, `Refused` or `Malformed`; what was
    read by then is kept, and the next reading begins where this one did."""
    chosen, mirror = named(node, name)
    result = Polled(since=since(node, name))
    progress = subscription.begin(result.since)
    again = True
    while result.pages < MOST_PAGES:
        try:
            turn = mirror.read(progress, chosen.fetch(mirror.ask(chosen.url, progress)))
        except Forgotten:
            if not again or progress == progress.again():
                raise
            again, progress = False, progress.again()
            continue
        if turn.page is not None:
            result.pages += 1
            result.add(intake.take(node, turn.page, chosen.source, by))
            told(result.taken + result.already)
        progress = turn.progress
        if turn.done:
            _keep(node, name, progress.settled(), result, by)
            return result
    raise Malformed(f"{name} gave {MOST_PAGES:,} pages and has still more: it was left there")


def compare(node: Node, name: str, by: Principal, told: Callable[[int], None] = _untold) -> Compared:
    """Asks the other side what it has, and fetches by name what is not here: a server that lets things through late
    hides them from every reading by time. Nothing of ours is dropped for not being listed."""
    chosen, mirror = named(node, name)
    result, mark, pages = Compared(), None, 0
    missing: dict[tuple[str, str], None] = {}
    while True:
        listed = mirror.read_list(chosen.fetch(mirror.ask_list(chosen.url, mark)))
        result.listed += len(listed.things)
        missing |= dict.fromkeys(_lacking(node, chosen.source, mirror, listed.things))
        told(result.listed)
        pages += 1
        if listed.next is None:
            break
        if listed.next == mark or pages >= MOST_PAGES:
            raise Malformed(f"what {name} lists does not end")
        mark = listed.next
    result.missing = len(missing)
    names = list(dict.fromkeys(ext_id for ext_id, _ in missing))
    for start in range(0, len(names), NAMED):
        _fetch(node, chosen, mirror, names[start : start + NAMED], by, result.polled)
    result.withheld = _lacking(node, chosen.source, mirror, list(missing))
    return result


def named(node: Node, name: str) -> tuple[Subscription, Mirror]:
    """Raises `Absent` naming the subscriptions there are."""
    chosen = node.subscriptions.get(name)
    if chosen is None:
        known = ", ".join(sorted(node.subscriptions)) or "none: see [subscriptions] in the operator's guide"
        raise Absent(f"there is no subscription {name!r}", f"known subscriptions: {known}")
    mirror = next((annex.mirror for annex in node.annexes if annex.field == chosen.field), None)
    if mirror is None:
        raise Absent(f"nothing is subscribed to in the field {chosen.field}")
    if chosen.source not in node.profiles:
        known = ", ".join(sorted(node.profiles))
        raise Absent(f"the subscription {name!r} names no source profile that is here", f"known profiles: {known}")
    return chosen, mirror


def since(node: Node, name: str) -> str | None:
    """Until when all that the other side added is here, in its own words; `None` before the first whole reading."""
    with node.house.reader() as house:
        fact = house.last_fact(FACT, name)
    if fact is None:
        return None
    value = housefact.value_of(node, fact, TYPE)
    url = node.subscriptions[name].url if name in node.subscriptions else None
    return value.get("since") if value["url"] == url else None


def _keep(node: Node, name: str, progress: Progress, result: Polled, by: Principal) -> None:
    if progress.since == result.since:
        return
    value = {"subscription": name, "url": node.subscriptions[name].url, **subscription.kept(progress)}
    with node.house.begin() as tx:
        housefact.put(node, tx, FACT, name, TYPE, value, by)
    result.since = progress.since


def _lacking(node: Node, source: str, mirror: Mirror, things: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of which no such version is here from this source, in quarantine or out of it. What has no version of its
    own is here where it is here at all."""
    with node.house.reader() as house:
        held = house.clashes(source, set(things))
        return [one for one in things if one not in held and not _held(house, source, mirror, one)]


def _held(house: HouseReader, source: str, mirror: Mirror, one: tuple[str, str]) -> bool:
    ext_id, version = one
    return any(not record.ext_ver or mirror.same(record.ext_ver, version) for record in house.find(source, ext_id))


def _fetch(
    node: Node, chosen: Subscription, mirror: Mirror, ext_ids: Sequence[str], by: Principal, polled: Polled
) -> None:
    mark: str | None = None
    while polled.pages < MOST_PAGES:
        page, following = mirror.read_for(chosen.fetch(mirror.ask_for(chosen.url, ext_ids, mark)))
        if page is not None:
            polled.pages += 1
            polled.add(intake.take(node, page, chosen.source, by))
        if following is None or following == mark:
            return
        mark = following
