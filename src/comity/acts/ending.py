"""What the end of an agreement sets off: where an article says so, each party gives back or destroys what it holds.

Both count from the same instant, and find the things in the same log: what the other's says that it released. One duty
for each five hundred of them, so that one certificate can name them all.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from comity.acts import agreements, letting, returning, things
from comity.acts.duties import open_duties
from comity.acts.node import Node
from comity.acts.ports import AgreementTx, HouseReader
from comity.acts.sending import IN, OUT
from comity.agreement.instrument import Agreement, AgreementRef
from comity.agreement.life import ended_at
from comity.core import strictjson
from comity.records import CaseRow, ReleaseState
from comity.release import returning as returned
from comity.release.question import Duty
from comity.release.register import identity
from comity.release.rules.retention import AT_END

CASE = "return-at-end"
PART = 500


def set_off(node: Node, house: HouseReader, tx: AgreementTx, texts: Mapping[AgreementRef, Agreement]) -> None:
    """Opens what is owed since the end. Done again only where the log of what was given has grown meanwhile."""
    text = agreements.Held(dict(texts)).at(node.clock())
    if not any(text.of(AT_END)) or (ended := ended_at(text, node.clock())) is None:
        return
    for holder in text.party_ids:
        log = IN if holder == node.party else OUT
        seen, size = tx.case(CASE, holder), str(tx.log_size(log))
        if seen is None or seen.state != size:
            handles = list(dict.fromkeys(one.handle for one in returning.released(tx, log)))
            for n, start in enumerate(range(0, len(handles), PART), 1):
                part = handles[start : start + PART]
                took = _taken(house, part) if log == IN else _given(tx, part)
                _open(tx, text, _numbered(returned.at_end(text, holder, ended), n), took, ended, node.clock())
            tx.put_case(CaseRow(CASE, holder, 1 if seen is None else seen.version + 1, size, b"{}"))


def _taken(house: HouseReader, handles: list[str]) -> list[tuple[str, str]]:
    """Those that are here."""
    found = ((handle, house.by_handle(handle)) for handle in handles)
    return [(handle, record.kind) for handle, record in found if record is not None]


def _given(tx: AgreementTx, handles: list[str]) -> list[tuple[str, str]]:
    """Those that went, and that the partner did not refuse."""
    rows = tx.releases_by_handle(handles).values()
    return [(row.handle, row.kind) for row in rows if row.state == ReleaseState.LIVE]


def _numbered(duties: tuple[Duty, ...], part: int) -> Iterator[Duty]:
    for duty in duties:
        yield replace(duty, params=tuple(sorted((*duty.params, (things.COUNTED, "all"), ("part", str(part))))))


def _open(
    tx: AgreementTx,
    text: Agreement,
    duties: Iterable[Duty],
    took: list[tuple[str, str]],
    ended: datetime,
    now: datetime,
) -> None:
    """One duty with the things it is for; what came in later belongs to the last of them."""
    for duty in duties if took else ():
        about = hashlib.sha256(strictjson.canonical([CASE, text.id, duty.actor, *map(list, duty.params)])).hexdigest()
        opened = open_duties(tx, text, (duty,), ended, about)
        row = tx.duty(identity(text.id, duty, ended, about))
        if row is not None:
            things.put(tx, row, took)
        letting.already(tx, opened, now)
