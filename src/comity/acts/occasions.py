"""What events of the text's life set off in the register: opened from the signed notice, once, on both sides alike.

An event of ours counts here once the partner has taken it: until then it never happened there. What the notice itself
does (tell of a changed law) it settles; a later notice settles what an earlier one left open.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from comity.acts import events
from comity.acts.duties import note, open_duties
from comity.acts.node import Node
from comity.acts.noticed import Learnt
from comity.acts.ports import AgreementTx
from comity.acts.posting import Progress, progress
from comity.agreement.events import Told
from comity.agreement.instrument import Agreement, AgreementRef
from comity.exchange.notice import Notice
from comity.records import CaseRow, DutyRow
from comity.release import occasion
from comity.release.register import Evidence, State

Texts = Mapping[AgreementRef, Agreement]
CASE = "occasion"
REVIEW = "review"


def set_off(node: Node, tx: AgreementTx, texts: Texts, learnt: Iterable[Learnt], told: Sequence[Told]) -> None:
    """Opens what the events told under this agreement ask, and settles what a later notice shows to be done."""
    now = node.clock()
    known = {one.notice.id: one.notice for one in learnt if _heard(node, tx, one.notice)}
    counted = [one for one in told if one.id in known and occasion.began(one) <= now]
    for one in counted:
        if tx.case(CASE, one.id) is None:
            _open(tx, texts[known[one.id].agreement], one, known[one.id], now)
    _review(tx, texts, now)
    if counted:
        for row in tx.duties(State.OPEN.value):
            if (evidence := _shown(row, texts, counted, known)) is not None:
                _settle(tx, row, evidence, now)


def _open(tx: AgreementTx, text: Agreement, told: Told, notice: Notice, now: datetime) -> None:
    for row in open_duties(tx, text, occasion.duties(text, told), occasion.began(told), told.id):
        if row.actor == told.by and occasion.told_by(told, row.duty):
            _settle(tx, row, notice.digest, now)
    _mark(tx, told.id)


def _review(tx: AgreementTx, texts: Texts, now: datetime) -> None:
    """The review of the text itself: owed from its entry into force, once, by the first version that asks for one."""
    if tx.case(CASE, REVIEW) is not None:
        return
    for ref in sorted(texts):
        found = occasion.reviews(texts[ref])
        if found is not None and found[0] <= now:
            open_duties(tx, texts[ref], found[1], found[0], ref.id)
            _mark(tx, REVIEW)
            return


def _shown(row: DutyRow, texts: Texts, told: Sequence[Told], known: Mapping[str, Notice]) -> str | None:
    """What shows that a duty is done: a proposal's answer is an objection to it, or the next version that both signed;
    a changed authority is told once its successor is named."""
    about = next((one for one in told if one.id == row.about), None)
    if about is None:
        return None
    if row.duty == "reply":
        objections = (one for one in known.values() if one.kind == events.OBJECTION and one.sender == row.actor)
        answer = next((one.digest for one in objections if one.body["notice"] == row.about), None)
        signed = (str(ref) for ref in sorted(texts) if ref.version > about.version)
        return answer or next(signed, None)
    if row.duty in occasion.TELLING:
        later = (one for one in told if one.by == row.actor and one.event["kind"] == about.event["kind"])
        return next((known[one.id].digest for one in later if occasion.told_by(one, row.duty)), None)
    return None


def _heard(node: Node, tx: AgreementTx, notice: Notice) -> bool:
    return notice.sender != node.party or progress(tx, notice.digest).state is Progress.ACCEPTED


def _settle(tx: AgreementTx, row: DutyRow, evidence: str, now: datetime) -> None:
    done = replace(row, state=State.SETTLED.value, evidence=evidence, kind=Evidence.NOTICE.value, settled=now)
    tx.put_duty(done)
    note(tx, "duty-settled", done)


def _mark(tx: AgreementTx, name: str) -> None:
    tx.put_case(CaseRow(CASE, name, 1, "done", b"{}"))
