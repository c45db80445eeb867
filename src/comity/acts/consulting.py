"""Consultations: opened where an event is contested, or two events or two texts contradict each other, due by the
article that says so."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from comity.acts import events
from comity.acts.duties import note, open_duties
from comity.acts.judging import Bench
from comity.acts.noticed import read_notices
from comity.acts.ports import AgreementTx
from comity.agreement.clock import time_of
from comity.agreement.dates import instant_of
from comity.agreement.disputed import contradictions
from comity.agreement.entry import enters_into_force
from comity.agreement.instrument import Agreement, Term
from comity.core import instants, strictjson
from comity.records import CaseRow
from comity.release import opposed, relation
from comity.release.question import Duty
from comity.release.register import State

CASE = "consultation"
OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True)
class Matter:
    """What must be talked about: a code, the notices or articles it is about, since when. Both sides find the same."""

    what: str
    notices: tuple[str, ...]
    since: datetime

    @property
    def id(self) -> str:
        return hashlib.sha256(strictjson.canonical([self.what, *self.notices])).hexdigest()


def consult(bench: Bench, tx: AgreementTx) -> None:
    """Opens a case and a duty of each party for every matter that has none, and closes those that are no more."""
    matters = {one.id: one for one in _matters(bench)}
    held = {row.id: row for row in tx.cases(CASE)}
    for one in matters.values():
        row = held.get(one.id)
        if row is None or row.state == CLOSED:
            _put(bench, tx, one, OPEN, row)
    for row in held.values():
        if row.state == OPEN and row.id not in matters:
            said = strictjson.parse(row.body)
            gone = Matter(said["what"], tuple(said["notices"]), instants.parse(said["since"]))
            _put(bench, tx, gone, CLOSED, row)


def _matters(bench: Bench) -> Iterator[Matter]:
    notices = [one.notice for one in read_notices(bench.house, bench.node.notices, bench.texts)]
    objections = {one.body["notice"]: one for one in notices if one.kind == events.OBJECTION}
    told = events.told(bench.node, bench.house, bench.texts, arriving=False)
    for found in contradictions(told):
        yield Matter(found.what, (found.first.id, found.second.id), found.second.made)
    yield from _between(bench)
    for one in told:
        if one.id in objections and objections[one.id].body["stands"]:
            yield Matter("contested", (one.id,), objections[one.id].made)


def _between(bench: Bench) -> Iterator[Matter]:
    """Texts of the same parties that each claim to prevail, or that cannot both be kept: both sides hold both, and find
    it without a word. It is opened under the first of them by name, since the one in force that began later."""
    texts, own = bench.grounds.texts, bench.texts[bench.ref]
    for ref in sorted({one for refs in bench.grounds.bound.values() for one in refs}):
        other = texts[ref]
        starts = [enters_into_force(one) for one in (own, other)]
        if own.id >= other.id:
            continue
        signed = (instant_of(one.life.signed) for one in (own, other))
        since = max(one for one in (*starts, *signed) if one is not None)
        if relation.conflict(own, other, bench.now) is not None:
            yield Matter("texts-conflict", (str(own.ref), str(ref)), since)
        for first, second in opposed.between(own, other, bench.now):
            yield Matter(opposed.CODE, (f"{own.ref} {first.article}", f"{ref} {second.article}"), since)


def _put(bench: Bench, tx: AgreementTx, matter: Matter, state: str, before: CaseRow | None) -> None:
    body = {"what": matter.what, "notices": list(matter.notices), "since": instants.text(matter.since)}
    version = 1 if before is None else before.version + 1
    tx.put_case(CaseRow(CASE, matter.id, version, state, strictjson.canonical(body)))
    text = bench.texts[bench.ref]
    if state == CLOSED:
        for row in tx.duties(State.OPEN.value):
            if row.about == matter.id:
                released = replace(row, state=State.RELEASED.value)
                tx.put_duty(released)
                note(tx, "duty-withdrawn", released)
    elif (term := _term(text)) is not None:
        time = time_of(term)
        cite, due = f"agreement:{term.article}@{text.version}", None if time is None else str(time)
        owed = [Duty("consult", party, cite, due, (("why", matter.what),)) for party in text.party_ids]
        open_duties(tx, text, owed, matter.since, matter.id)


def _term(text: Agreement) -> Term | None:
    """The article by which a consultation is convened: the one with a time, else the one on disputes."""
    return next((term for kind in ("comity-consultation", "disputes") for term in text.of(kind)), None)
