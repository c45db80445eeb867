"""The evidence folder of one agreement, and its check by anybody, from files and public keys (law 7)."""

from collections.abc import Iterator, Mapping

from comity.acts import agreements
from comity.acts.mirroring import leaves_of
from comity.acts.node import Node
from comity.acts.ports import AgreementReader
from comity.acts.sending import IN, OUT
from comity.agreement import signed
from comity.agreement.instrument import Agreement
from comity.core.errors import Absent, Refused
from comity.core.keys import PublicKey
from comity.exchange import discharge, envelope, receipt
from comity.exchange.body import Sealed, Void
from comity.ledger.evidence import Crossing, Readers, Received, Report, Sent, verify_evidence, write_evidence
from comity.release.returning import DESTROY, EITHER, RETURN


def gather(node: Node, agreement_id: str) -> Mapping[str, bytes]:
    """Path to bytes: the signed text, both logs with their countersigned checkpoints, every envelope and receipt.

    Raises `Absent` while a log has no checkpoint that both sides signed: there is nothing to prove yet.
    """
    held = agreements.held(node, agreement_id)
    partner = agreements.partner_of(node, held.newest)
    with node.agreements(agreement_id).reader() as reader:
        logs = {node.party: _log(reader, OUT, node.party), partner: _log(reader, IN, partner)}
        text, gone = agreements.signed_bytes(node, agreement_id), dict(_discharges(reader))
        return write_evidence(text, logs, _crossings(node, reader, partner), gone)


def check(files: Mapping[str, bytes], known: Mapping[str, PublicKey] | None = None) -> Report:
    """Everything the files prove and every fault in them. `known` are keys confirmed elsewhere, by party."""

    def agreement(raw: bytes) -> Agreement:
        text = signed.verify(raw)
        for party, key in text.signers().items():
            if known is not None and party in known and known[party] != key:
                raise Refused(f"the agreement names another key for {party} than the one confirmed here")
        return text

    return verify_evidence(files, Readers(agreement, _sent, _received, _named))


def _log(reader: AgreementReader, log: str, party: str) -> tuple[bytes, list[bytes]]:
    head = reader.checkpoint(log, cosigned=True)
    if head is None:
        raise Absent(
            f"the log of {party} has no checkpoint that both sides signed yet",
            "it comes with the first receipt; import or serve, then try again",
        )
    return head.note, [raw for _, raw in reader.leaves(log, 0, reader.log_size(log))]


def _crossings(node: Node, reader: AgreementReader, partner: str) -> Iterator[Crossing]:
    for out in reader.all_outgoing():
        yield Crossing(node.party, out.lane.value, out.epoch, out.seq, out.raw, out.receipt)
    for come in reader.all_incoming():
        yield Crossing(partner, come.lane.value, come.epoch, come.seq, come.raw, come.receipt)


def _discharges(reader: AgreementReader) -> Iterator[tuple[str, bytes]]:
    """Those that stand behind a return or a destruction, by duty."""
    for row in reader.duties():
        if row.proof is not None and row.duty in (EITHER, RETURN, DESTROY):
            yield row.id, reader.body(row.proof)


def _named(raw: bytes, text: Agreement) -> frozenset[str]:
    said = discharge.unseal(raw, {party: (key,) for party, key in text.signers().items()})
    if said.agreement.id != text.id:
        raise Refused(f"this discharge is of {said.agreement.id}")
    return frozenset(said.handles)


def _sent(raw: bytes, text: Agreement) -> Sent:
    opened = _of(raw, text)
    header = opened.header
    return Sent(
        sender=header.sender,
        lane=header.lane.value,
        epoch=header.epoch,
        seq=header.sequence,
        digest=opened.digest,
        leaf_from=header.leaf_from,
        leaves=None if isinstance(opened.body, Sealed) else tuple(leaves_of(opened)),
        closed_from=opened.body.closed_from if isinstance(opened.body, Void) else 0,
        closed=opened.body.closed if isinstance(opened.body, Void) else (),
    )


def _of(raw: bytes, text: Agreement) -> envelope.Envelope:
    keys = {party: (key,) for party, key in text.signers().items()}
    refusal: Refused | None = None
    for party in text.party_ids:
        try:
            return envelope.unseal(raw, party, keys)
        except Refused as error:
            refusal = refusal if refusal is not None and "is for" not in refusal.message else error
    raise refusal or Refused("the envelope is for nobody of this agreement")


def _received(raw: bytes, text: Agreement) -> Received:
    keys = {party: (key,) for party, key in text.signers().items()}
    refusal: Refused | None = None
    for party in text.party_ids:
        try:
            answer = receipt.unseal(raw, party, keys)
        except Refused as error:
            refusal = refusal if refusal is not None and "is for" not in refusal.message else error
        else:
            return Received(answer.sender, answer.envelope, answer.verdict.value, answer.leaf)
    raise refusal or Refused("the receipt is for nobody of this agreement")
