"""Letting go of what the other party owes: by a signed event, for one duty, one thing, one kind or one article.

A release lets go of what is owed when it is given, never of what will be. It is kept in the agreement, so that a row
that is opened later of what was taken before finds it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from comity.acts import things
from comity.acts.duties import note
from comity.acts.ports import AgreementTx
from comity.agreement.dates import instant_of
from comity.agreement.events import Told, moment_of
from comity.core import instants, strictjson
from comity.records import CaseRow, DutyRow
from comity.release import waiver
from comity.release.register import REVIEWING, Evidence, State
from comity.release.waiver import Waiver

CASE = "letting-go"


def let_go(tx: AgreementTx, told: Iterable[Told], now: datetime) -> None:
    """Applies each release from duty that counts by `now` to what is owed to whoever gave it, once."""
    for one in told:
        if one.event["kind"] != "released-from-duty" or one.contested or instant_of(moment_of(one.event)) > now:
            continue
        scope = str(one.event.get("scope", "all"))
        meant = waiver.read(scope)
        known = tx.case(CASE, one.id)
        if known is not None:
            named = None if meant.name is None else tx.duty(meant.name)
            already(tx, () if named is None else (named,), now, [known])
        elif not meant.everything:
            said = {"by": one.by, "scope": scope, "at": instants.text(max(instant_of(moment_of(one.event)), one.made))}
            kept = CaseRow(CASE, one.id, 1, "done", strictjson.canonical(said))
            tx.put_case(kept)
            already(tx, tx.duties(State.OPEN.value), now, [kept])


def already(tx: AgreementTx, rows: Iterable[DutyRow], now: datetime, known: Iterable[CaseRow] | None = None) -> None:
    """Applies to open rows what was let go of after they began: these releases, or all that are known."""
    said = list(tx.cases(CASE) if known is None else known)
    for row in rows if said else ():
        for one in said:
            held = tx.duty(row.id)
            if held is not None and held.state == State.OPEN:
                _apply(tx, held, one, now)


def _apply(tx: AgreementTx, row: DutyRow, one: CaseRow, now: datetime) -> None:
    said = strictjson.parse(one.body)
    scope: Waiver = waiver.read(said["scope"])
    if row.actor == said["by"] or row.duty == REVIEWING or row.trigger > instants.parse(said["at"]):
        return
    if scope.name in (row.id, row.about) or scope.of_article(row.article):
        over = replace(row, state=State.RELEASED.value, evidence=one.id, kind=Evidence.RELEASE.value, settled=now)
        tx.put_duty(over)
        note(tx, "duty-released", over)
    elif things.COUNTED in dict(row.params):
        of_it = scope.of_thing
        things.close(tx, row, Evidence.RELEASE, lambda thing, kind: one.id if of_it(thing, kind) else None, now)
