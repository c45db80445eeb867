"""Notices: made and kept here, sent by the follower, received and kept there, each exactly once.

Sending is one house transaction; the follower queues what stands in no envelope yet (`posting`). Receiving is the house
step of letting an envelope in. Whatever a crash hits, the same act again ends the same.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from comity.acts import agreements, events, posting
from comity.acts.node import Node
from comity.acts.noticed import Learnt, fact_of, keys_under, read_notices
from comity.acts.ports import AgreementReader, HouseReader
from comity.acts.posting import Progress
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core import ids, strictjson
from comity.core.errors import Malformed, Refused
from comity.exchange import notice, receipt
from comity.exchange.body import Notices, handle_of
from comity.exchange.envelope import Envelope
from comity.exchange.notice import Notice, Situation
from comity.exchange.receipt import ItemAnswer, ItemVerdict, Receipt
from comity.records import Fact, Principal

Texts = Mapping[AgreementRef, Agreement]


@dataclass(frozen=True, slots=True)
class Given:
    """A notice of ours and where it stands: `code` is the partner's reason, `answer` its whole signed receipt."""

    learnt: Learnt
    progress: Progress
    code: str | None = None
    answer: Receipt | None = None


def send(node: Node, agreement_id: str, kind: str, body: Mapping[str, Any], by: Principal) -> str:
    """Makes, signs and keeps a notice, which the follower then sends; its id.

    Raises `Malformed` for a body that its kind cannot read, `Refused` for one that the other side would refuse.
    """
    held = agreements.held(node, agreement_id)
    agreements.partner_of(node, held.newest)
    now = node.clock()
    handle, ref = ids.handle(node.entropy(16)), held.at(now).ref
    raw = notice.seal(Notice(kind, handle, node.party, ref, node.mode, now, dict(body), ""), node.vault)
    keys = keys_under(held.versions)
    with node.house.begin() as tx:
        made = notice.read(notice.unseal(raw, keys), node.notices)
        code = notice.refusal(made, node.notices, _situation(node, tx, held.versions, now))
        if code is not None:
            raise Refused(f"this {kind} notice would not be taken: {code}", "docs/formats/notice.md says what it means")
        tx.put_fact(fact_of(raw, made, now), by, now)
    return handle


def receive(
    node: Node, envelope: Envelope, body: Notices, texts: Texts, at: datetime | None = None
) -> tuple[ItemVerdict, ...]:
    """One verdict a notice. What is taken is kept as a house fact, once; followers then ask again.

    `at`: when it came, where that was before: a restored house takes again what it took then.
    """
    now = node.clock() if at is None else at
    by = Principal(f"node:{envelope.header.sender}")
    verdicts: list[ItemVerdict] = []
    with node.house.begin() as tx:
        known = {one.notice.digest for one in read_notices(tx, node.notices, texts)}
        for raw, digest in zip(body.documents, body.digests, strict=True):
            came = _read(node, envelope, raw, texts, now)
            code = None
            if isinstance(came, str):
                code = came
            elif digest not in known:
                code = notice.refusal(came, node.notices, _situation(node, tx, texts, now))
                if code is None:
                    tx.put_fact(fact_of(raw, came, now), by, node.clock())
            answer = ItemAnswer.ACCEPTED if code is None else ItemAnswer.REFUSED
            verdicts.append(ItemVerdict(handle_of(digest), answer, code))
    return tuple(verdicts)


def take_back(node: Node, texts: Texts, envelopes: Iterable[Envelope]) -> None:
    """Our own notices that a restored house forgot and the partner still had. Doing it again keeps nothing twice."""
    keys = keys_under(texts)
    by, now = Principal(f"node:{node.party}"), node.clock()
    with node.house.begin() as tx:
        for envelope in envelopes:
            for raw in envelope.body.documents if isinstance(envelope.body, Notices) else ():
                made = notice.read(notice.unseal(raw, keys), node.notices)
                tx.put_fact(fact_of(raw, made, made.made), by, now)


def keep_answers(node: Node, agreement_id: str) -> None:
    """Keeps as house facts what the partner's receipts said of our notices. Doing it again keeps nothing twice.

    Whether a notice was taken decides what counts; the receipt itself stays beside its envelope.
    """
    with node.agreements(agreement_id).reader() as reader:
        answers = posting.answers(reader)
    by, now = Principal(f"node:{node.party}"), node.clock()
    with node.house.reader() as house:
        known = {fact.fid for fact in house.facts(events.ANSWER, agreement_id)}
    bodies = [strictjson.canonical({"notice": digest, "taken": taken}) for digest, taken in answers.items()]
    fresh = [body for body in bodies if hashlib.sha256(body).hexdigest() not in known]
    if fresh:
        with node.house.begin() as tx:
            for body in fresh:
                tx.put_fact(
                    Fact(hashlib.sha256(body).hexdigest(), events.ANSWER, agreement_id, now, None, body), by, now
                )


def notices(node: Node, house: HouseReader, agreement_id: str, kind: str | None = None) -> tuple[Learnt, ...]:
    """The notices kept under an agreement, ours and the partner's, of one kind or of all, in the order they came."""
    found = read_notices(house, node.notices, agreements.texts(house, agreement_id))
    return tuple(one for one in found if kind in (None, one.notice.kind))


def given(node: Node, agreement_id: str, kind: str | None = None) -> list[Given]:
    """Our own notices, each with where it stands and the receipt that answers it."""
    with node.house.reader() as house:
        keys = keys_under(agreements.texts(house, agreement_id))
        ours = [one for one in notices(node, house, agreement_id, kind) if one.notice.sender == node.party]
    with node.agreements(agreement_id).reader() as reader:
        found: list[Given] = []
        for one in ours:
            at = posting.progress(reader, one.notice.digest)
            row = None if at.place is None else reader.outgoing(node.mode, *at.place)
            raw = None if row is None else row.receipt
            answer = None if raw is None else receipt.unseal(raw, node.party, keys)
            found.append(Given(one, at.state, at.code, answer))
    return found


def untold(node: Node, reader: AgreementReader, texts: Texts) -> tuple[Given, ...]:
    """Events and objections of ours that the partner refused and that were not told again since: there they never
    happened. One told again is of the same kind, or speaks of the same notice."""
    if all(posting.answers(reader).values()):
        return ()
    with node.house.reader() as house:
        found = [one for one in read_notices(house, node.notices, texts) if one.notice.sender == node.party]
    last = {_about(one.notice): one for one in found if one.notice.kind in (events.EVENT, events.OBJECTION)}
    stood = ((one, posting.progress(reader, one.notice.digest)) for one in last.values())
    return tuple(Given(one, at.state, at.code) for one, at in stood if at.state is Progress.REFUSED)


def _about(told: Notice) -> tuple[str, str]:
    return told.kind, str(told.body.get("notice") or told.body["kind"])


def received(node: Node, agreement_id: str, kind: str | None = None) -> list[Learnt]:
    """The partner's notices that were taken here."""
    with node.house.reader() as house:
        return [one for one in notices(node, house, agreement_id, kind) if one.notice.sender != node.party]


def _read(node: Node, envelope: Envelope, raw: bytes, texts: Texts, now: datetime) -> Notice | str:
    """The notice, or the code that says why it is none that its sender may give here."""
    sender, header = envelope.header.sender, envelope.header
    try:
        unread = notice.unseal(raw, {sender: keys_under(texts).get(sender, ())})
    except Refused:
        return notice.UNVERIFIED
    except Malformed:
        return notice.MALFORMED
    if unread.agreement.id != header.agreement.id or unread.mode is not header.mode:
        return notice.ELSEWHERE
    if unread.made > now + timedelta(seconds=node.skew_seconds):
        return notice.AHEAD
    if unread.kind not in node.notices:
        return notice.UNKNOWN
    try:
        return notice.read(unread, node.notices)
    except Malformed:
        return notice.MALFORMED


def _situation(node: Node, house: HouseReader, texts: Texts, now: datetime) -> Situation:
    held = tuple(one.notice for one in read_notices(house, node.notices, texts))
    untaken = frozenset(digest for digest, taken in events.answers(house, texts).items() if not taken)
    beside = agreements.protecting(node, house, texts[max(texts)], now) if texts else {}
    return Situation(texts, held, now, beside, untaken)
