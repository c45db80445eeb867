"""Return or destruction: an originator asks for what it gave, its holder destroys or returns it and shows that it did.

What is destroyed goes from every table that holds a copy, with its keys, so that yesterday's backup forgets it too; the
records stay marked, the leaves stay. House and agreements are separate transactions: the same act again ends the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from comity.acts import agreements, discharging, notifying, restoring, things
from comity.acts.duties import Owed, duty_named
from comity.acts.node import Node
from comity.acts.ports import AgreementReader, HouseReader
from comity.acts.sending import IN
from comity.agreement.instrument import Agreement, AgreementRef, Term
from comity.core import strictjson
from comity.core.errors import Absent, Malformed, Refused
from comity.exchange.lane import Lane
from comity.exchange.notice import Notice, NoticeKind, Situation
from comity.ledger import leaf
from comity.ledger.leaf import Released
from comity.records import Principal, Record, RecordState, ReleaseState
from comity.release import returning
from comity.release.question import Outcome, Subject
from comity.release.register import Evidence, State
from comity.release.returning import DESTROY, EITHER, MAX_HANDLES, RETURN, Request

KIND = "return-request"
NO_ARTICLE = "return-without-article"
ASKED = "return-asked-already"
PAGE = 1000


def _refusal(one: Notice, situation: Situation) -> str | None:
    """By an article, and no thing in two requests: a duty for each set, and no two that overlap."""
    text = situation.texts[one.agreement]
    if returning.duty(text, one.sender, one.made, one.body, situation.beside) is None:
        return NO_ARTICLE
    before = (held for held in situation.held if held.kind == KIND and held.sender == one.sender)
    named = set(one.body.handles)
    return ASKED if any(named & set(held.body.handles) for held in before if held.id != one.id) else None


KINDS = (NoticeKind(KIND, returning.read, refusal=_refusal),)


@dataclass(frozen=True, slots=True)
class Item:
    """Something of `originator`'s that is here. `handle`: none for what was made from it; `state`: the record's."""

    agreement: str
    originator: str
    handle: str | None
    record: Record


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays after all, and the article that lets it."""

    handle: str
    article: str


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What is gone: what was received by handle, how many things made from it; what stays; the certificate if any."""

    duty: str
    agreement: str
    handles: tuple[str, ...]
    derived: int
    kept: tuple[Kept, ...]
    certificate: bytes | None


def request(
    node: Node, agreement_id: str, handles: Iterable[str], words: str, by: Principal, ended: str | None = None
) -> list[str]:
    """Asks for what we gave under an agreement: these things, or all that was not asked for before; the notices' ids.
    `ended`: the purpose that is fulfilled, where that is why.

    Raises `Absent` for a thing that was not given under it, `Refused` where no article lets it be asked.
    """
    partner = agreements.partner_of(node, agreements.held(node, agreement_id).newest)
    with node.agreements(agreement_id).reader() as reader:
        given = list(_given(reader, partner))
    asked = {handle for one in _requests(node, agreement_id) for handle in one.body.handles}
    wanted = [_meant(given, prefix) for prefix in handles] or [handle for handle in given if handle not in asked]
    if not wanted:
        raise Absent(f"nothing that {node.party} gave under {agreement_id} is left to ask for")
    parts = [wanted[start : start + MAX_HANDLES] for start in range(0, len(wanted), MAX_HANDLES)]
    return [
        notifying.send(node, agreement_id, KIND, Request(tuple(part), words, ended).as_json(), by) for part in parts
    ]


def items(node: Node, agreement_id: str) -> list[Item]:
    """What is held here of the partner's under an agreement: received, by the ledger, and made from it."""
    partner = agreements.partner_of(node, agreements.held(node, agreement_id).newest)
    with node.agreements(agreement_id).reader() as reader, node.house.reader() as house:
        handles = [one.handle for one in released(reader)]
        return list(_items(house, agreement_id, partner, handles))


def destroy(node: Node, prefix: str, by: Principal, keep: Mapping[str, str] | None = None) -> Destroyed:
    """Destroys what a duty speaks of, but for what `keep` names with the article that lets it stay, and certifies it.

    Raises `Refused` where an article forbids destruction of any of it: then nothing is destroyed.
    """
    owed = duty_named(node, prefix)
    restoring.check_moving(node, owed.agreement.id)
    originator, meant = _asked(node, owed)
    with node.agreements(owed.agreement.id).reader() as reader, node.house.reader() as house:
        found = list(_items(house, owed.agreement.id, originator, meant))
        named = set(meant)
        places = [one for one in released(reader) if one.handle in named]
        digests = [reader.incoming_at(node.mode, Lane(one.lane), one.epoch, one.sequence) for one in places]
        answered = [row for digest in digests if digest is not None and (row := reader.incoming(digest)) is not None]
    if any(row.receipt is None for row in answered):
        raise Refused("some of it is still being taken in", "try again once its envelope has a receipt")
    kept = _kept(node, owed.agreement, found, keep or {})
    staying = {one.handle for one in kept}
    going = [one for one in found if one.handle not in staying]
    if owed.row.state == State.OPEN:
        _check(node, owed.agreement, going)
    _forget_in_house(node, owed, going, by)
    _forget_copies(node, going)
    gone = tuple(one.handle for one in going if one.handle is not None)
    done = Destroyed(owed.row.id, owed.agreement.id, gone, len(going) - len(gone), kept, None)
    certificate = _certificate(node, owed, done) if owed.row.state == State.OPEN else None
    envelopes = {row.digest for row in answered}
    with node.agreements(owed.agreement.id).begin() as tx:
        for digest in sorted(envelopes):
            tx.destroy_incoming(digest)
        if certificate is not None:
            discharging.close(node, tx, owed.agreement, owed.row.id, certificate)
    if certificate is not None:
        discharging.tell(node, owed.agreement, certificate, by)
    return Destroyed(done.duty, done.agreement, done.handles, done.derived, kept, certificate)


def receive(node: Node, prefix: str, raw: bytes, by: Principal) -> discharging.Settled:
    """Signs for what came back to us of what we asked for: `raw` shows it. Raises as `discharging.settle`."""
    owed = duty_named(node, prefix)
    meant = _meant_by(node, owed)
    if owed.ours or not meant:
        raise Refused(f"duty {owed.row.id[:12]} is about nothing that is owed back to us", "comity return list")
    return discharging.settle(node, owed.row.id, raw, by, Evidence.RECEIPT.value, meant)


def document(done: Destroyed) -> bytes:
    """What the certificate certifies: its digest stands in it, and this is what it is the digest of."""
    kept = [{"article": one.article, "handle": one.handle} for one in done.kept]
    value = {"agreement": done.agreement, "derived": done.derived, "destroyed": list(done.handles), "duty": done.duty}
    return strictjson.canonical(value | {"kept": kept})


def _asked(node: Node, owed: Owed) -> tuple[str, tuple[str, ...]]:
    """Whose things a duty speaks of, and which, if we may destroy by it."""
    row = owed.row
    if row.duty not in (EITHER, RETURN, DESTROY) or row.actor != node.party:
        raise Refused(f"duty {row.id[:12]} is none of ours to return or destroy anything", "comity return list")
    if row.duty == RETURN and row.state == State.OPEN:
        raise Refused(
            f"{row.article} asks for return and not for destruction",
            "give it back; once the originator's receipt has come, destroy what is left here",
        )
    if row.state == State.RELEASED:
        raise Refused(f"duty {row.id[:12]} was let go of: nothing need be destroyed")
    return agreements.partner_of(node, owed.agreement), _meant_by(node, owed)


def _meant_by(node: Node, owed: Owed) -> tuple[str, ...]:
    """What a duty is for: what its request names, or what the receipt that opened it took and nobody let go of."""
    asked = next((one for one in _requests(node, owed.agreement.id) if one.id == owed.row.about), None)
    if asked is not None:
        return tuple(asked.body.handles)
    with node.agreements(owed.agreement.id).reader() as reader:
        return things.owed_for(reader, owed.row.id)


def _requests(node: Node, agreement_id: str) -> list[Notice]:
    with node.house.reader() as house:
        return [one.notice for one in notifying.notices(node, house, agreement_id, KIND)]


def _given(reader: AgreementReader, partner: str) -> Iterator[str]:
    after = 0
    while page := reader.releases(partner, after, PAGE):
        yield from (row.handle for row in page)
        after = page[-1].seq


def _meant(given: list[str], prefix: str) -> str:
    found = [handle for handle in given if handle.startswith(prefix)]
    if len(found) != 1 or not prefix:
        raise Absent(f"{prefix!r} names {len(found)} things that were given here", "give a whole handle")
    return found[0]


def released(reader: AgreementReader, log: str = IN) -> Iterator[Released]:
    """What a log says that its party released: the partner's to us, or ours to it."""
    size = reader.log_size(log)
    for start in range(0, size, PAGE):
        for _, raw in reader.leaves(log, start, min(size, start + PAGE)):
            if isinstance(one := leaf.parse(raw), Released):
                yield one


def _items(house: HouseReader, agreement_id: str, originator: str, handles: Iterable[str]) -> Iterator[Item]:
    known = dict.fromkeys(handles)
    for handle in known:
        record = house.by_handle(handle)
        if record is not None and record.source == originator:
            yield Item(agreement_id, originator, handle, record)
    names, after = set(known), 0
    while page := house.records_after(after, PAGE):
        for record in page:
            if record.handle not in known and any(name in names for name, _ in _subject(record).sources):
                names.add(record.rid)
                yield Item(agreement_id, originator, None, record)
        after = page[-1].n


def _subject(record: Record) -> Subject:
    return Subject.from_json(strictjson.parse(record.class_canonical.encode(), "a record's class"))


def _kept(node: Node, text: Agreement, found: list[Item], keep: Mapping[str, str]) -> tuple[Kept, ...]:
    kept: list[Kept] = []
    for prefix, article in keep.items():
        meant = {item.handle: item.record for item in found if item.handle and item.handle.startswith(prefix)}
        if len(meant) != 1:
            raise Absent(f"{prefix!r} names {len(meant)} things that this duty speaks of")
        ((handle, record),) = meant.items()
        decision = returning.keeping(
            text, node.party, _subject(record), _term(text, article), node.clock(), _beside(node, text)
        )
        if decision.outcome is not Outcome.ALLOW:
            raise Refused(f"{handle[:12]} may not stay here: {', '.join(decision.articles)} bars it")
        kept.append(Kept(handle, f"agreement:{article}@{text.version}"))
    return tuple(kept)


def _term(text: Agreement, article: str) -> Term:
    found = next((term for term in text.terms if term.article == article), None)
    if found is None:
        raise Malformed(f"{text.ref} has no article {article[:40]!r}")
    return found


def _check(node: Node, text: Agreement, going: Iterable[Item]) -> None:
    beside = _beside(node, text)
    for one in going:
        decision = returning.destruction(text, node.party, _subject(one.record), node.clock(), beside)
        if one.record.state is not RecordState.DESTROYED and decision.outcome is not Outcome.ALLOW:
            raise Refused(
                f"{(one.handle or one.record.rid)[:12]} may not be destroyed: {', '.join(decision.articles)}",
                "give it back for the originator's receipt, or ask for its consent; nothing was destroyed",
            )


def _beside(node: Node, text: Agreement) -> dict[AgreementRef, Agreement]:
    with node.house.reader() as house:
        return agreements.protecting(node, house, text, node.clock())


def _forget_in_house(node: Node, owed: Owed, going: Iterable[Item], by: Principal) -> None:
    with node.house.begin() as tx:
        for one in going:
            if one.record.state is not RecordState.DESTROYED:
                tx.destroy(one.record.rid, by, node.clock(), owed.row.id)


def _forget_copies(node: Node, going: list[Item]) -> None:
    """Copies that went on to anybody, in every agreement's store."""
    for agreement_id in agreements.agreement_ids(node):
        partner = agreements.partner_of(node, agreements.held(node, agreement_id).newest)
        with node.agreements(agreement_id).begin() as tx:
            rows = [tx.release_of(partner, one.record.rid) for one in going]
            live = [row for row in rows if row is not None and row.state == ReleaseState.LIVE]
            tx.void_releases([row.handle for row in live])
            for row in live:
                tx.destroy(row.copy)


def _certificate(node: Node, owed: Owed, done: Destroyed) -> bytes:
    if not done.handles:
        raise Refused("nothing was destroyed, so there is nothing to certify")
    return discharging.sign(node, owed, document(done), Evidence.CERTIFICATE.value, done.handles)
