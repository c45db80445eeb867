"""What notices set off in the register, in the agreement's own transaction: duties opened by reports, closed by
discharges. Every notice is looked at each time, and does its work once."""

from collections.abc import Mapping

from comity.acts import compromise, discharging
from comity.acts.duties import open_duties, settled_by_notice
from comity.acts.node import Node
from comity.acts.noticed import Learnt, read_notices
from comity.acts.ports import AgreementTx, HouseReader
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core.errors import Malformed, Refused
from comity.release import compromised


def owe(node: Node, house: HouseReader, tx: AgreementTx, texts: Mapping[AgreementRef, Agreement]) -> None:
    """Opens and closes what the notices kept under this agreement ask, ours and the partner's alike."""
    told = read_notices(house, node.notices, texts)
    for one in told:
        if one.notice.kind == compromise.KIND:
            _reported(texts, tx, one)
    for one in told:
        if one.notice.kind == discharging.KIND:
            _discharged(node, texts, tx, one)


def _reported(texts: Mapping[AgreementRef, Agreement], tx: AgreementTx, one: Learnt) -> None:
    """The reporter owes what the text says; the notice itself is the first of it, done."""
    said = one.notice
    text, report = texts[said.agreement], said.body
    open_duties(tx, text, compromised.duties(text, said.sender, report), report.discovered, report.case)
    (reader,) = (party for party in text.party_ids if party != said.sender)
    settled_by_notice(tx, report.case, reader, said)


def _discharged(node: Node, texts: Mapping[AgreementRef, Agreement], tx: AgreementTx, one: Learnt) -> None:
    """A discharge that fits a duty here closes it; one that fits none waits for what opens it."""
    signed = one.notice.body.encode()
    try:
        said = discharging.said_by(texts, signed)
        if said.by == one.notice.sender and tx.duty(said.duty) is not None:
            discharging.close(node, tx, texts[said.agreement], said.duty, signed)
    except (Malformed, Refused):
        return
