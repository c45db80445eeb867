"""Pull by cursor: ask a partner for what it sent us in one chain after the last number we hold; the same bytes come."""

from collections.abc import Callable
from datetime import timedelta

from comity.acts import agreements, callers, restoring
from comity.acts.contacts import partner_keys
from comity.acts.node import Node
from comity.core.errors import Absent, Refused
from comity.exchange import pull
from comity.exchange.lane import Lane
from comity.exchange.pull import Pull

PULL = "/exchange/v1/pull"
RECEIPTS = "/exchange/v1/receipts"


def page(node: Node, raw: bytes, fresh: Callable[[bytes], bool], caller: str | None = None) -> bytes:
    """The partner's page of envelopes. `fresh` answers whether a nonce was never seen within the skew bound.

    Being pulled counts as a try: what left in a page is never voided afterwards.
    Raises `Malformed` or `Refused` for a request that is not the partner's own and new, `Absent` for another agreement.
    """
    skew = timedelta(seconds=node.skew_seconds)
    request = pull.unseal(raw, node.party, partner_keys(node), node.clock(), skew)
    callers.check(caller, request.sender)
    if not fresh(request.nonce):
        raise Refused("this pull was answered before", "ask again with a new nonce")
    held = agreements.held_or_none(node, request.agreement)
    if held is None or agreements.partner_of(node, held.newest) != request.sender:
        raise Absent(f"there is no agreement {request.agreement} between us and {request.sender}")
    restoring.check_moving(node, request.agreement)
    with node.agreements(request.agreement).begin() as tx:
        chain = (request.mode, request.lane, request.epoch, request.after)
        rows = tx.outgoing_after(*chain, pull.MAX_ENVELOPES, pull.MAX_PAGE)
        for row in rows:
            if row.receipt is None:
                tx.retry_at(row.digest, row.next_at)
        return pull.write_page(row.raw for row in rows)


def ask_for_page(node: Node, agreement_id: str, lane: Lane) -> tuple[bytes, ...]:
    """The envelopes that the partner has for us in `lane` after the last we hold. Raises `Unreachable`."""
    held = agreements.held(node, agreement_id)
    partner = agreements.partner_of(node, held.newest)
    restoring.check_moving(node, agreement_id)
    with node.agreements(agreement_id).reader() as reader:
        epoch, last, _ = reader.chain_in(node.mode, lane)
    request = Pull(
        node.party, partner, agreement_id, node.mode, lane, epoch, last, node.clock(), node.entropy(pull.NONCE_BYTES)
    )
    raw = node.wire.post(_address(node, partner) + PULL, pull.seal(request, node.vault), max_bytes=pull.MAX_PAGE)
    return pull.read_page(raw)


def send_receipt(node: Node, agreement_id: str, raw: bytes) -> None:
    """Brings back the receipt of an envelope that was pulled. Raises `Unreachable`."""
    partner = agreements.partner_of(node, agreements.held(node, agreement_id).newest)
    node.wire.post(_address(node, partner) + RECEIPTS, raw, max_bytes=1024)


def _address(node: Node, partner: str) -> str:
    address = node.partners.get(partner)
    if address is None:
        raise Absent(f"{partner} has no address in the settings", "everything goes by file: `comity outbox export`")
    return address.rstrip("/")
