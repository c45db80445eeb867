"""What a restored node asks its partner, and what the partner answers: every crossing since, with its receipt.

Both hold what both signed. So nothing that the partner still has is lost, and nothing is told to people twice: our own
envelopes come back with their leaves, receipts and releases, the partner's with the receipts that we gave. Only then is
a new epoch announced in each lane (DECISIONS 17). Every step may be repeated.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from comity.acts import agreements, callers, follow, forks, notifying, restoring
from comity.acts.accept import opened
from comity.acts.agreements import Held as Texts
from comity.acts.contacts import partner_keys
from comity.acts.mirroring import places_of, received_leaf
from comity.acts.node import Node
from comity.acts.ports import AgreementReader
from comity.acts.receiving import receive
from comity.acts.reclaiming import take_back
from comity.acts.rejoining import Crossed, House, Strand, Told, applied, rejoin
from comity.acts.restoring import Cause
from comity.acts.sending import IN, OUT
from comity.acts.versions import versions
from comity.acts.worth import Entry
from comity.agreement.instrument import Agreement
from comity.core.errors import Absent, Broken, Refused, Unreachable
from comity.exchange import chain, envelope, notice, receipt, reconcile, sealing, statement
from comity.exchange.body import Items, Notices, Sealed
from comity.exchange.chain import START, ChainState, Link
from comity.exchange.envelope import Envelope
from comity.exchange.lane import Lane
from comity.exchange.receipt import Answer, ItemAnswer, Receipt, Sent
from comity.exchange.reconcile import Ask, Held, Match, Number, Page
from comity.exchange.signature import Keys
from comity.ledger import note, recovery
from comity.ledger.recovery import Fork, Recovered
from comity.records import Place

PATH = "/exchange/v1/reconcile"
ROWS = 16
"""Envelopes of a page: each can have 40 MB."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What came back: our envelopes, the partner's, our releases, records that the house had forgotten."""

    ours: int
    theirs: int
    releases: int
    records: int


def page(node: Node, raw: bytes, fresh: Callable[[bytes], bool], caller: str | None = None) -> bytes:
    """What we hold of a chain between us and whoever asks. Answered also while the agreement is stopped here.

    Raises `Malformed` or `Refused` for a request that is not the partner's own and new, `Absent` for another agreement.
    """
    skew = timedelta(seconds=node.skew_seconds)
    keys = partner_keys(node)
    ask = reconcile.unseal(raw, node.party, keys, node.clock(), skew)
    callers.check(caller, ask.sender)
    if not fresh(ask.nonce):
        raise Refused("this request was answered before", "ask again with a new nonce")
    held = agreements.held_or_none(node, ask.agreement)
    if held is None or agreements.partner_of(node, held.newest) != ask.sender:
        raise Absent(f"there is no agreement {ask.agreement} between us and {ask.sender}")
    place = (ask.mode, ask.lane, ask.epoch, ask.after)
    with node.agreements(ask.agreement).reader() as reader:
        checkpoint, cosigned = reader.checkpoint(OUT, cosigned=False), reader.checkpoint(IN, cosigned=True)
        if ask.of == node.party:
            sent = reader.outgoing_after(*place, ROWS)
            rows = [Held(row.raw, row.receipt) for row in sent if row.receipt is not None]
        else:
            hpke = next((entry.hpke for entry in held.newest.keys if entry.party == ask.sender), None)
            came = reader.incoming_after(*place, ROWS)
            rows = [Held(row.raw, row.receipt, _for_sender(node, row.raw, hpke)) for row in came if row.raw]
    theirs, ours = (None if one is None else one.note.decode() for one in (checkpoint, cosigned))
    return reconcile.write_page(Page(theirs, ours, tuple(rows)))


def reconcile_with_partner(node: Node, agreement_id: str) -> Reconciled | None:
    """Makes an agreement whole again and announces a new epoch; `None` where there is nothing to reconcile.

    Raises `Unreachable` while the partner does not answer, `Absent` where it has no address, and `Broken` for a fork,
    which then stands until two people resolve it.
    """
    cause = restoring.cause(node, agreement_id)
    if cause is None:
        return None
    held = agreements.held(node, agreement_id)
    partner = agreements.partner_of(node, held.newest)
    with node.house.reader() as house:
        fork = forks.open_fork(house, agreement_id)
    if fork is not None:
        raise Broken(f"{agreement_id} is stopped: {fork.sentence}", f"comity fork resolve {agreement_id}")
    with node.agreements(agreement_id).reader() as reader:
        if applied(reader, cause):
            restoring.done(node, agreement_id)
            return Reconciled(0, 0, 0, 0)
    told = _Asking(node, held, partner, cause).told()
    if isinstance(told, Fork):
        raise _stop(node, agreement_id, told)
    with node.agreements(agreement_id).reader() as reader:
        log = _check(node, reader, held.newest, partner, told, cause)
    if isinstance(log, Fork):
        raise _stop(node, agreement_id, log)
    house_part = _into_house(node, held, partner, told)
    with node.agreements(agreement_id).begin() as tx, node.house.reader() as house:
        bench = follow.bench_for(node, house, held, partner, tx)
        releases = rejoin(bench, tx, told, log, house_part, cause)
    restoring.done(node, agreement_id)
    return Reconciled(
        ours=sum(one.match is not Match.SAME for strand in told.strands for one in strand.ours),
        theirs=sum(one.match is not Match.SAME for strand in told.strands for one in strand.theirs),
        releases=releases,
        records=sum(back.lost for back in house_part.backs),
    )


def _stop(node: Node, agreement_id: str, fork: Fork) -> Broken:
    forks.name(node, agreement_id, fork)
    sentence = f"{fork.log} has two histories: {fork.what}"
    return Broken(sentence, f"two people decide: comity fork resolve {agreement_id} --why …")


def _for_sender(node: Node, raw: bytes, hpke: bytes | None) -> Sealed | None:
    """The body that its sender sealed to us and cannot open itself any more, sealed back to it."""
    unopened = envelope.unseal(raw, node.party, partner_keys(node))
    body = opened(node, unopened).body
    if hpke is None or not isinstance(unopened.body, Sealed) or isinstance(body, Sealed):
        return None
    return node.seal(body, hpke, unopened.header.info())


def _check(
    node: Node, reader: AgreementReader, text: Agreement, partner: str, told: Told, cause: Cause
) -> Recovered | Fork:
    """Both logs as told beside both as they are here."""
    theirs = forks.of_arrival(reader, text, partner, told.theirs, [told.page.checkpoint])
    if theirs is not None:
        return theirs
    crossings = [one for strand in told.strands for one in strand.ours]
    answers = [one.answer for strand in told.strands for one in strand.theirs if one.answer is not None]
    own = [one.envelope.checkpoint for one in crossings] + [answer.checkpoint for answer in answers]
    signed = forks.checkpoints(text, node.party, own)
    newest = [max(signed, key=lambda head: head.size)] if signed else []
    newest += forks.checkpoints(text, node.party, [told.page.cosigned])
    here = forks.history(reader, text, node.party, OUT, told.ours)
    return recovery.recover(here, told.ours, newest, adopt=cause.adopt)


def _into_house(node: Node, held: Texts, partner: str, told: Told) -> House:
    """The partner's records that came back, and ours of which only the partner's copies were left."""
    keys, known = partner_keys(node), versions(node, held, node.clock())
    kept: list[Entry] = []
    for strand in told.strands:
        for one in strand.theirs:
            if one.answer is not None and one.answer.verdict is Answer.ACCEPTED and one.match is not Match.SAME:
                kept += receive(node, one.envelope, keys, known, one.answer.at).kept
    back = [one.envelope for strand in told.strands for one in strand.ours if one.match is not Match.SAME]
    notifying.take_back(node, held.versions, back)
    items = [
        item
        for strand in told.strands
        for one in strand.ours
        if isinstance(one.envelope.body, Items) and one.match in (Match.NEW, Match.REPLACED)
        for item in one.envelope.body.items
    ]
    given = (
        [back for back in take_back(node, partner, items) if back.item.handle not in _refused(told)] if items else ()
    )
    return House(kept, given)


def _refused(told: Told) -> set[str]:
    """The items of ours that the partner holds and did not take: no release of theirs comes back."""
    found: set[str] = set()
    for one in (one for strand in told.strands for one in strand.ours if one.answer is not None):
        assert one.answer is not None
        if one.answer.verdict is Answer.REFUSED and isinstance(one.envelope.body, Items):
            found.update(one.envelope.body.handles)
        found.update(item.handle for item in one.answer.items if item.verdict is ItemAnswer.REFUSED)
    return found


@dataclass(frozen=True, slots=True)
class _Asking:
    """One round of questions to the partner, lane by lane, in both directions."""

    node: Node
    texts: Texts
    partner: str
    cause: Cause

    def told(self) -> Told | Fork:
        node, agreement_id = self.node, self.texts.newest.id
        told = Told(Page(None, None, ()), [])
        for lane in Lane:
            with node.agreements(agreement_id).reader() as reader:
                sent, came = reader.sent_places(node.mode, lane), reader.come_places(node.mode, lane)
                here = forks.history(reader, self.texts.newest, node.party, OUT)
            strand = Strand(lane)
            told.strands.append(strand)
            for crossed in self._chain(told, lane, node.party, sent):
                if crossed.match is Match.FORK:
                    number = f"{lane} number {crossed.envelope.header.sequence}"
                    return Fork(here.origin, f"{number} is not the same on both sides", here.side, _side(self, told))
                strand.ours.append(crossed)
                _add(told.ours, places_of(crossed.envelope))
                _add(told.theirs, {} if crossed.answer is None else received_leaf(crossed.answer))
            for crossed in self._chain(told, lane, self.partner, came):
                strand.theirs.append(crossed)
                _add(told.theirs, places_of(crossed.envelope))
                _add(told.ours, {} if crossed.answer is None else received_leaf(crossed.answer))
            strand.unsent = self._beyond(sent, strand.ours)
            strand.reopened = self._beyond(came, strand.theirs) if self.cause.adopt else []
        return told

    def _beyond(self, places: Sequence[Place], crossed: Sequence[Crossed]) -> list[Place]:
        """The end of a chain here that the partner does not have."""
        header = crossed[-1].envelope.header if crossed else None
        last = self._after(places) if header is None else (header.epoch, header.sequence)
        beyond = [place for place in places if (place.epoch, place.seq) > last]
        return [place for place in beyond if self.cause.adopt or not place.answered]

    def _after(self, places: Sequence[Place]) -> tuple[int, int]:
        """Where to begin to ask: what two people resolved is compared from the first number on."""
        if self.cause.adopt:
            return START.epoch, START.sequence
        return reconcile.settled_to((place.epoch, place.seq, place.answered) for place in places)

    def _chain(self, told: Told, lane: Lane, of: str, places: Sequence[Place]) -> Iterator[Crossed]:
        """What the partner holds of one chain after what is certain here, verified and in order."""
        epoch, after = self._after(places)
        digest = next((one.digest for one in places if (one.epoch, one.seq) == (epoch, after)), START.previous)
        state = ChainState(epoch, after, digest)
        here = {(one.epoch, one.seq): one for one in places}
        while held := self._page(told, lane, of, state).held:
            for one in held:
                crossed = self._crossed(one, of, here)
                if crossed.answer is not None and (crossed.answer.code or "").startswith("chain-"):
                    return
                verdict = chain.accept(state, crossed.envelope, None)
                if verdict.link is not Link.NEXT:
                    raise Broken(f"{self.partner} does not tell one chain: {verdict.text}")
                state = verdict.state
                yield crossed

    def _page(self, told: Told, lane: Lane, of: str, state: ChainState) -> Page:
        node = self.node
        address = node.partners.get(self.partner)
        if address is None:
            raise Absent(f"{self.partner} has no address in the settings", "a restored node reconciles over the wire")
        ask = Ask(
            node.party,
            self.partner,
            self.texts.newest.id,
            node.mode,
            of,
            lane,
            state.epoch,
            state.sequence,
            node.clock(),
            node.entropy(reconcile.NONCE_BYTES),
        )
        raw = node.wire.post(address.rstrip("/") + PATH, reconcile.seal(ask, node.vault), max_bytes=reconcile.MAX_PAGE)
        found = reconcile.read_page(raw)
        told.page = replace(found, held=())
        return found

    def _crossed(self, held: Held, of: str, here: Mapping[tuple[int, int], Place]) -> Crossed:
        """One crossing, with every signature checked. Raises `Malformed` or `Refused`."""
        node, other = self.node, (self.partner if of == self.node.party else self.node.party)
        keys = note.keys_of(self.texts.versions.values())
        unopened = envelope.unseal(held.envelope, other, {of: tuple(keys[of])})
        answer: Receipt | None = None
        if held.receipt is not None:
            answer = receipt.unseal(held.receipt, of, {other: tuple(keys[other])})
        opened_ = unopened
        if held.opened is not None or answer is None or answer.verdict is Answer.ACCEPTED or of != node.party:
            opened_ = self._opened(held, unopened, of, {of: tuple(keys[of])})
        if answer is not None:
            receipt.settle(_sent(opened_), answer)
        header = opened_.header
        if (header.agreement.id, header.mode) != (self.texts.newest.id, node.mode):
            raise Refused(f"{self.partner} told an envelope of another chain than was asked for")
        place = here.get((header.epoch, header.sequence))
        number = None if place is None else Number(place.digest, place.answered, place.attempts > 0)
        match = reconcile.match(number, opened_.digest)
        if match is Match.FORK and self.cause.adopt:
            match = Match.REPLACED
        return Crossed(opened_, held.envelope, held.receipt, answer, match)

    def _opened(self, held: Held, unopened: Envelope, of: str, keys: Keys) -> Envelope:
        """The body open: theirs with our key; ours as the partner opened it, if it is what we stated ourselves."""
        if not isinstance(unopened.body, Sealed):
            return unopened
        if of != self.node.party:
            return opened(self.node, unopened)
        if held.opened is None:
            raise Unreachable(f"{self.partner} did not open for us what we had sealed to it", "ask it to look")
        body = sealing.open_body(held.opened, self.node.vault.open_sealed, unopened.header.info())
        if isinstance(body, Items) and any(statement.verify_items(body.statements, body.items, keys)):
            raise Refused(f"{self.partner} told items as ours that we never stated")
        if isinstance(body, Notices):
            for raw in body.documents:
                notice.unseal(raw, keys)
        return replace(unopened, body=body)


def _sent(one: Envelope) -> Sent:
    """What a receipt must answer. A body that did not open has no items that anybody could have judged."""
    return Sent.of(replace(one, body=Items((), ())) if isinstance(one.body, Sealed) else one)


def _side(asking: _Asking, told: Told) -> recovery.Side:
    heads = forks.checkpoints(asking.texts.newest, asking.node.party, [told.page.cosigned])
    return recovery.Side(heads[0].size, heads[0].root.hex()) if heads else recovery.Side(0, "")


def _add(told: dict[int, bytes], more: Mapping[int, bytes]) -> None:
    for n, raw in more.items():
        if told.setdefault(n, raw) != raw:
            raise Broken(f"two signed files tell different leaves at position {n} of one log", "call the partner")
