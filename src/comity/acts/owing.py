"""What notices set off in the register, in the agreement's own transaction: duties opened by reports, closed by
discharges. How far a notice got stands beside what it did, so that it does its work once."""

from collections.abc import Mapping

from comity.acts import agreements, compromise, discharging, ending, events, returning
from comity.acts.duties import open_duties, settled_by_notice
from comity.acts.letting import let_go
from comity.acts.node import Node
from comity.acts.noticed import Learnt, read_notices
from comity.acts.occasions import set_off
from comity.acts.ports import AgreementTx, HouseReader
from comity.acts.posting import Progress, progress
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core.errors import Malformed, Refused
from comity.records import CaseRow
from comity.release import compromised
from comity.release import returning as returned

Texts = Mapping[AgreementRef, Agreement]
CASE = "register"
OWED, DONE = "owed", "done"


def owe(node: Node, house: HouseReader, tx: AgreementTx, texts: Texts) -> None:
    """Opens and closes what the notices kept under this agreement ask, ours and the partner's alike."""
    told = read_notices(house, node.notices, texts)
    for one in told:
        if one.notice.kind == compromise.KIND:
            _reported(node, texts, tx, one, _beside(node, house, texts, one))
        elif one.notice.kind == returning.KIND:
            _asked_back(node, texts, tx, one, _beside(node, house, texts, one))
    ending.set_off(node, house, tx, texts)
    for one in told:
        if one.notice.kind == discharging.KIND:
            _discharged(node, texts, tx, one)
    happened = events.told(node, house, texts, arriving=False)
    set_off(node, tx, texts, told, happened)
    let_go(tx, happened, node.clock())


def _beside(node: Node, house: HouseReader, texts: Texts, one: Learnt) -> Texts:
    """The texts that protect by reference what the notice speaks of."""
    return agreements.protecting(node, house, texts[one.notice.agreement], one.notice.made)


def _reported(node: Node, texts: Texts, tx: AgreementTx, one: Learnt, beside: Texts) -> None:
    """The reporter owes what the text says. The notice is the first of it, done once it has reached the other side."""
    said = one.notice
    text, report = texts[said.agreement], said.body
    step = _step(tx, one)
    if step is None:
        owed = compromised.duties(text, said.sender, report, beside)
        open_duties(tx, text, owed, report.discovered, report.case, tuple(beside.values()))
        _mark(tx, one, OWED)
    if step == DONE or (said.sender == node.party and progress(tx, said.digest).state is not Progress.ACCEPTED):
        return
    (reader,) = (party for party in text.party_ids if party != said.sender)
    settled_by_notice(tx, report.case, reader, said, node.clock())
    _mark(tx, one, DONE)


def _asked_back(node: Node, texts: Texts, tx: AgreementTx, one: Learnt, beside: Texts) -> None:
    """The holder owes return or destruction from the request on; one of ours counts once it was taken."""
    said = one.notice
    if _step(tx, one) == DONE:
        return
    if said.sender == node.party and progress(tx, said.digest).state is not Progress.ACCEPTED:
        return
    text = texts[said.agreement]
    owed = returned.duty(text, said.sender, said.made, said.body, beside)
    open_duties(tx, text, () if owed is None else (owed,), said.made, said.id, tuple(beside.values()))
    _mark(tx, one, DONE)


def _discharged(node: Node, texts: Texts, tx: AgreementTx, one: Learnt) -> None:
    """A discharge that fits a duty here closes it; one whose duty is not known yet waits for what opens it."""
    if _step(tx, one) == DONE:
        return
    signed = one.notice.body.encode()
    try:
        said = discharging.said_by(texts, signed)
        if tx.duty(said.duty) is None:
            return
        if said.by == one.notice.sender:
            discharging.close(node, tx, texts[said.agreement], said.duty, signed)
    except (Malformed, Refused):
        pass
    _mark(tx, one, DONE)


def _step(tx: AgreementTx, one: Learnt) -> str | None:
    held = tx.case(CASE, one.notice.digest)
    return None if held is None else held.state


def _mark(tx: AgreementTx, one: Learnt, state: str) -> None:
    held = tx.case(CASE, one.notice.digest)
    tx.put_case(CaseRow(CASE, one.notice.digest, 1 if held is None else held.version + 1, state, b"{}"))
