"""What our own people may see: the answer for each record and audience, and what every answer rests on.

An answer counts while what it rests on stands: the texts with their events, the consents, our own rules, the program's.
A view that was made under anything else is served to nobody until it has been asked again (law 1).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from comity.acts import agreements, grounds, policies
from comity.acts.agreements import Held
from comity.acts.grounds import Came, Grounds
from comity.acts.node import Node
from comity.acts.offering import NATIONAL
from comity.acts.ports import HouseReader
from comity.agreement.instrument import AgreementRef
from comity.agreement.life import status_at
from comity.core import strictjson
from comity.core.errors import Unreachable
from comity.records import Record, RecordState
from comity.release.decision import Decision
from comity.release.kind import Shelf
from comity.release.offered import Definition
from comity.release.own_people import Own, decide_access
from comity.release.policy import Policy
from comity.release.question import Act, Facts, Outcome, Question, Subject
from comity.release.recorded import ENGINE, digest_of, record
from comity.release.shown import ViewRow

LATER = "what these collections show is being asked again, since what lets it be seen has changed"


@dataclass(frozen=True, slots=True)
class Seeing:
    """The decision that lets an audience see a class of things, as it is kept: `did` is the digest of `body`."""

    decision: Decision
    did: str
    body: bytes


@dataclass
class Look:
    """What every answer of one pass over the national views has in common."""

    node: Node
    house: HouseReader
    now: datetime
    size: int
    grounds: Grounds
    tables: frozenset[AgreementRef]
    policy: Policy | None
    rests: str
    asked: dict[tuple[str, str, Came | None], Seeing | None] = field(default_factory=dict)


def look_now(node: Node, house: HouseReader, now: datetime) -> Look:
    """One instant for all batches of a call: where they are cut is moved by what is withheld (law 4)."""
    held = _held(node, house)
    ground, policy = grounds.gather_all(node, house), policies.in_force(node, house)
    key = "" if policy is None else policy.key
    tables = frozenset(one.at(now).ref for one in held)
    return Look(node, house, now, house.log_size(), ground, tables, policy, _rests(held, ground, key, now))


def may_see(look: Look, one: Definition, record: Record) -> Seeing | None:
    """What lets this audience see a record; `None` where nothing does."""
    if record.state is not RecordState.LIVE or (one.sources and record.source not in one.sources):
        return None
    if not record.ext_id or shelf_of(look.node, record.kind, record.ext_id, record.ext_ver) is None:
        return None
    came = look.grounds.came(record)
    place = (one.id, record.class_canonical, came)
    if place not in look.asked:
        look.asked[place] = _decide(look, one, record, came)
    return look.asked[place]


def _decide(look: Look, one: Definition, record_: Record, came: Came | None) -> Seeing | None:
    """The answer, remembered while it is good: the question carries what it rests on."""
    assert one.audience is not None
    subject = Subject.from_json(strictjson.parse(record_.class_canonical.encode(), "a record's class"))
    question = Question(
        agreement=AgreementRef(NATIONAL, 1),
        status_key=f"{NATIONAL};{terms_of(look.rests, one)}",
        act=Act.ACCESS,
        subject=subject,
        reader=one.audience.reader(look.node.party),
        facts=look.grounds.consented(Facts(holder=look.node.party), subject, came),
        bound_by=look.grounds.bound_by(subject, came),
        policy=None if look.policy is None else look.policy.key,
    )
    own = Own(f"policy:collection-{one.id}", look.tables)
    decision = look.node.cache.get(question, look.now)
    if decision is None:
        decision = decide_access(question, look.grounds.texts, own, look.now, look.policy)
        look.node.cache.put(question, decision)
    if decision.outcome is not Outcome.ALLOW:
        return None
    body = record(question, decision, look.grounds.texts, own)
    return Seeing(decision, hashlib.sha256(body).hexdigest(), body)


@dataclass(frozen=True, slots=True)
class Standing:
    """What each national view must have been made under to count now, by its name; until when that is so."""

    terms: Mapping[str, str] = field(default_factory=dict)
    until: datetime | None = None


def standing(node: Node, house: HouseReader, definitions: Iterable[Definition], now: datetime) -> Standing:
    """As the house has it: of our own rules those that its log knows."""
    chosen = [one for one in definitions if one.audience is not None]
    if not chosen:
        return Standing()
    held, noted = _held(node, house), policies.noted(house, node.party)
    rests = _rests(held, grounds.gather_all(node, house), "" if noted is None else noted.key, now)
    turns = [
        until for one in held for text in one.versions.values() if (until := status_at(text, now).until) is not None
    ]
    return Standing({one.id: terms_of(rests, one) for one in chosen}, min(turns, default=None))


def stands(view: ViewRow, terms: str | None, now: datetime) -> bool:
    """Whether every row of a view was answered under what counts now."""
    good = view.good_until is None or now < view.good_until
    return view.terms == terms and view.again >= view.until and good


def check_stands(view: ViewRow, terms: str | None, now: datetime) -> None:
    """Raises `Unreachable` where rows have still to be asked again: a part of them would say that the others left."""
    if not stands(view, terms, now):
        raise Unreachable(LATER, "ask again in a moment")


def terms_of(rests: str, one: Definition) -> str:
    """A digest of all that answers rest on beside the class of a thing."""
    return hashlib.sha256(strictjson.canonical([one.as_json(), rests])).hexdigest()


def shelf_of(node: Node, kind: str, ext_id: str, ext_ver: str) -> Shelf | None:
    name = kind.partition(".")[0]
    annex = next((one for one in node.annexes if one.field == name), None)
    return None if annex is None or annex.shelf is None else annex.shelf(kind, ext_id, ext_ver)


def _held(node: Node, house: HouseReader) -> list[Held]:
    return [agreements.held_in(node, house, one) for one in agreements.ids_in(house)]


def _rests(held: Sequence[Held], ground: Grounds, policy: str, now: datetime) -> str:
    texts = sorted((str(ref), digest_of(text)) for one in held for ref, text in one.versions.items())
    tables = sorted(str(one.at(now).ref) for one in held)
    status = sorted(f"{ref}={state}" for ref, state in ground.status.items())
    said = [texts, tables, status, sorted(ground.notices), policy, ENGINE]
    return hashlib.sha256(strictjson.canonical(said)).hexdigest()
