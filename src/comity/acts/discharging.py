"""Settling a duty: only by evidence of the kind it asks, signed by whoever can give it; kept, and written down."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from comity.acts import notifying, restoring
from comity.acts.duties import Owed, duty_named, note
from comity.acts.node import Node
from comity.acts.noticed import keys_under
from comity.acts.ports import AgreementTx
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core import ids, instants
from comity.core.errors import Malformed, Refused
from comity.core.strictjson import Json
from comity.exchange import discharge
from comity.exchange.discharge import Discharge
from comity.exchange.lane import Lane
from comity.exchange.notice import Notice, NoticeKind, Situation
from comity.records import DutyRow, Principal
from comity.release.register import REVIEWING, SETTLED_BY, Evidence, State, signer

KIND = "discharge"
FOREIGN = "discharge-of-another"
MAX_DOCUMENT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settled:
    """The duty as it now stands, and the signed discharge: ours to send to the other side, or its own."""

    row: DutyRow
    agreement: str
    discharge: bytes


def settle(
    node: Node, prefix: str, raw: bytes, by: Principal, kind: str | None = None, handles: tuple[str, ...] = ()
) -> Settled:
    """Settles a duty by `raw`: a signed discharge, or the document itself where our own signature makes it evidence.

    Raises `Refused` for evidence of another kind, of another duty, signed by anybody else, or for a duty that is
    settled otherwise. The same evidence again changes nothing.
    """
    owed = duty_named(node, prefix)
    restoring.check_moving(node, owed.agreement.id)
    if not 1 <= len(raw) <= MAX_DOCUMENT:
        raise Malformed(f"evidence has 1 to {MAX_DOCUMENT:,} bytes, not {len(raw):,}")
    if (before := _again(node, owed, raw)) is not None:
        tell(node, owed.agreement, before, by)
        return Settled(owed.row, owed.agreement.id, before)
    signed = raw if discharge.is_one(raw) else sign(node, owed, raw, kind, handles)
    with node.agreements(owed.agreement.id).begin() as tx:
        row, fresh = close(node, tx, owed.agreement, owed.row.id, signed)
    if fresh:
        entry = {"act": "duty-settled", "agreement": str(owed.agreement.ref), "duty": row.id, "evidence": row.evidence}
        with node.house.begin() as house:
            house.append(entry, by, node.clock())
    tell(node, owed.agreement, signed, by)
    return Settled(row, owed.agreement.id, signed)


def tell(node: Node, text: Agreement, signed: bytes, by: Principal) -> None:
    """Our discharge goes to the other side as a notice, once; what it signed itself it has."""
    said = said_by({text.ref: text}, signed)
    with node.house.reader() as house:
        gone = {one.notice.body for one in notifying.notices(node, house, text.id, KIND)}
    if said.by == node.party and signed.decode() not in gone:
        notifying.send(node, text.id, KIND, {"discharge": signed.decode()}, by)


def said_by(texts: Mapping[AgreementRef, Agreement], signed: bytes) -> Discharge:
    """The discharge, signed under a key that one of these versions binds. Raises `Malformed` or `Refused`."""
    return discharge.unseal(signed, keys_under(texts))


def _read_notice(body: Json) -> str:
    """The signed discharge as text. Raises `Malformed` for anything else."""
    if set(body) != {"discharge"} or not isinstance(body["discharge"], str):
        raise Malformed("a notice of a discharge has the signed discharge, and nothing else")
    if not discharge.is_one(body["discharge"].encode()):
        raise Malformed("this notice has no discharge in it")
    return str(body["discharge"])


def _refusal(one: Notice, situation: Situation) -> str | None:
    """A party tells of what it signed itself, under this agreement."""
    try:
        said = said_by(situation.texts, one.body.encode())
    except (Malformed, Refused):
        return FOREIGN
    return None if (said.by, said.agreement.id) == (one.sender, one.agreement.id) else FOREIGN


KINDS = (NoticeKind(KIND, _read_notice, Lane.PRIORITY, _refusal),)


def close(node: Node, tx: AgreementTx, text: Agreement, duty_id: str, signed: bytes) -> tuple[DutyRow, bool]:
    """The duty settled or released by a signed discharge, in the caller's transaction; whether that was new."""
    row = tx.duty(duty_id)
    if row is None:
        raise Refused(f"there is no duty {duty_id} under {text.ref}")
    said, digest = read(text, row, signed), hashlib.sha256(signed).hexdigest()
    if row.state != State.OPEN:
        if row.evidence == digest:
            return row, False
        raise Refused(f"duty {row.id[:12]} is {row.state} already, by other evidence", "comity duties show ID")
    [proof] = tx.put_bodies([signed], sealed=True)
    closed = replace(
        row,
        state=(State.RELEASED if said.kind == Evidence.RELEASE else State.SETTLED).value,
        evidence=digest,
        kind=said.kind,
        proof=proof,
        settled=node.clock(),
    )
    tx.put_duty(closed)
    note(tx, f"duty-{closed.state}", closed)
    return closed, True


def read(text: Agreement, row: DutyRow, signed: bytes) -> Discharge:
    """The discharge, if it is one of this duty. Raises `Malformed` or `Refused`."""
    said = discharge.unseal(signed, {party: (key,) for party, key in text.signers().items()})
    if (said.agreement.id, said.duty, said.owes) != (text.id, row.id, row.duty):
        raise Refused(f"this discharge is of another duty ({said.owes}, {said.duty[:12]})")
    kind = _asked(row, said.kind)
    wanted = signer(kind, row.actor, text)
    if said.by != wanted:
        raise Refused(f"a {kind.value} that settles this is signed by {wanted}, and this one by {said.by}")
    if kind in (Evidence.CERTIFICATE, Evidence.RECEIPT) and "items" in dict(row.params) and not said.handles:
        raise Refused(f"a {kind.value} for this names every thing that is gone", "comity return destroy, or receipt")
    if said.at < row.trigger:
        raise Refused(f"this discharge is of {instants.text(said.at)}, before the duty began")
    return said


def sign(node: Node, owed: Owed, raw: bytes, named: str | None, handles: tuple[str, ...]) -> bytes:
    """Our signed word about a document of ours, and about the things that it speaks of."""
    row, text = owed.row, owed.agreement
    kinds = sorted(SETTLED_BY[row.duty])
    if named is None and len(kinds) > 1:
        raise Refused(f"{row.duty} is settled by {' or '.join(kinds)}", "say which this is: --as KIND")
    kind = _asked(row, named if named is not None else kinds[0])
    wanted = signer(kind, row.actor, text)
    if wanted != node.party:
        raise Refused(
            f"only a {kind.value} signed by {wanted} settles this, and this is a document that nobody signed",
            f"ask {wanted} for its discharge: `comity duties settle` makes one there",
        )
    salt = node.entropy(16)
    said = Discharge(
        agreement=text.ref,
        duty=row.id,
        owes=row.duty,
        article=row.article,
        kind=kind.value,
        by=node.party,
        at=node.clock(),
        document=ids.salted(salt, raw),
        salt=salt,
        size=len(raw),
        handles=handles,
    )
    return discharge.seal(said, node.vault)


def _again(node: Node, owed: Owed, raw: bytes) -> bytes | None:
    """The discharge by which this very document settled it before."""
    if owed.row.proof is None:
        return None
    with node.agreements(owed.agreement.id).reader() as reader:
        signed = reader.body(owed.row.proof)
    said = read(owed.agreement, owed.row, signed)
    return signed if raw == signed or discharge.of_document(said, raw) else None


def _asked(row: DutyRow, named: str) -> Evidence:
    if row.duty == REVIEWING:
        people = dict(row.params)["people"]
        raise Refused(
            f"only the reviews of {people} others settle this, and no document", f"comity review {row.about[:16]}"
        )
    kinds = SETTLED_BY[row.duty] | {Evidence.RELEASE}
    if named not in kinds:
        asked = " or ".join(sorted(SETTLED_BY[row.duty]))
        raise Refused(f"{row.duty} is settled by a {asked}, not by a {named[:40]}")
    return Evidence(named)
