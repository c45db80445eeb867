"""The things that a duty is for, each done or let go of by itself: the duty is over once every one of them is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from comity.acts.duties import note
from comity.acts.ports import AgreementReader, AgreementTx
from comity.core import strictjson
from comity.records import CaseRow, DutyRow
from comity.release.register import Evidence, State

CASE = "duty-things"
COUNTED = "items"
"""The parameter of a duty that is for things."""


def put(tx: AgreementTx, row: DutyRow, things: Iterable[tuple[str, str]]) -> None:
    """Keeps what a duty is for: handle and kind of each. Put again with more, what was shown of the others stays."""
    kinds: dict[str, list[str]] = {}
    for handle, kind in things:
        kinds.setdefault(kind, []).append(handle)
    held = tx.case(CASE, row.id)
    before = {"things": {}, "done": {}} if held is None else strictjson.parse(held.body)
    if before["things"] != kinds:
        _put(tx, row.id, 1 if held is None else held.version + 1, before | {"things": kinds})


def owed_for(reader: AgreementReader, duty_id: str) -> tuple[str, ...]:
    """The handles of the things for which a duty is owed and of which nothing was shown; none for any other duty."""
    return tuple(handle for handle, _, evidence in each(reader, duty_id) if evidence is None)


def each(reader: AgreementReader, duty_id: str) -> list[tuple[str, str | None, str | None]]:
    """Every thing that a duty is for: its handle, and the kind of what was shown of it and what that was, if any."""
    held = reader.case(CASE, duty_id)
    body = {"things": {}, "done": {}} if held is None else strictjson.parse(held.body)
    return [(handle, *body["done"].get(handle, (None, None))) for handle, _ in _listed(body)]


def shown(tx: AgreementTx, actor: str, duty: str, said: Mapping[str, str], at: datetime) -> None:
    """`actor` did what this duty asks for the things in `said`, each with the record that shows it."""
    if not said:
        return
    for row in tx.duties(State.OPEN.value):
        if (row.actor, row.duty) == (actor, duty) and COUNTED in dict(row.params):
            close(tx, row, Evidence.NOTICE, lambda handle, _kind: said.get(handle), at)


def close(
    tx: AgreementTx, row: DutyRow, how: Evidence, evidence: Callable[[str, str], str | None], at: datetime
) -> None:
    """Notes each thing of a duty for which there is evidence, and ends the duty with the last of them."""
    held = tx.case(CASE, row.id)
    if held is None:
        return
    body = strictjson.parse(held.body)
    fresh = {
        handle: [how.value, found]
        for handle, kind in _listed(body)
        if handle not in body["done"] and (found := evidence(handle, kind)) is not None
    }
    if not fresh:
        return
    done = body["done"] | fresh
    _put(tx, row.id, held.version + 1, body | {"done": done})
    if len(done) == sum(1 for _ in _listed(body)):
        kept = [done[handle] for handle, _ in _listed(body)]
        kind, last = next((one for one in kept if one[0] != Evidence.RELEASE), kept[0])
        state = State.RELEASED if kind == Evidence.RELEASE else State.SETTLED
        over = replace(row, state=state.value, evidence=last, kind=kind, settled=at)
        tx.put_duty(over)
        note(tx, f"duty-{over.state}", over)


def forget(tx: AgreementTx, records: set[str]) -> None:
    """Undoes what records showed that were withdrawn before they went: it is owed again."""
    for row in tx.duties() if records else ():
        held = tx.case(CASE, row.id) if COUNTED in dict(row.params) else None
        body = None if held is None else strictjson.parse(held.body)
        if held is None or body is None or records.isdisjoint(one[1] for one in body["done"].values()):
            continue
        done = {handle: one for handle, one in body["done"].items() if one[1] not in records}
        _put(tx, row.id, held.version + 1, body | {"done": done})
        if row.state != State.OPEN:
            again = replace(row, state=State.OPEN.value, evidence=None, kind=None, settled=None)
            tx.put_duty(again)
            note(tx, "duty-withdrawn", again)


def _listed(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((handle, kind) for kind in sorted(body["things"]) for handle in sorted(body["things"][kind]))


def _put(tx: AgreementTx, duty_id: str, version: int, body: Mapping[str, Any]) -> None:
    tx.put_case(CaseRow(CASE, duty_id, version, "open", strictjson.canonical(body)))
