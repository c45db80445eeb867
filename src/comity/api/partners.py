"""The partners' listener, `/exchange/v1/`. Who sent something is told by the signature on it, by nothing else.

Under TLS the certificate says whose connection it is, and both must be the same party.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comity.acts import accept, deliver, pull, reconciling
from comity.acts.node import Node
from comity.api.answers import answer
from comity.api.events import Event, Events
from comity.api.limited import CALLER
from comity.api.nonces import Nonces
from comity.core import dsse
from comity.core.errors import Refused
from comity.exchange import receipt

MAX_ENVELOPE_BYTES = 96 * 1024 * 1024
MAX_PULL_BYTES = 64 * 1024


def partners(node: Node, arrived: Callable[[], None], events: Events | None = None) -> Starlette:
    """The application of the partners' listener; `arrived` is called when something was let in."""
    told = Events() if events is None else events

    def taken(raw: bytes, caller: str | None) -> bytes:
        began = time.monotonic()
        receipt = accept.accept(node, raw, caller)
        arrived()
        _tell(told, receipt, len(raw), began)
        return receipt

    def answered(raw: bytes, caller: str | None) -> bytes:
        deliver.record_receipt(node, deliver.agreement_of(node, raw), raw, caller)
        return b""

    def paged(raw: bytes, caller: str | None) -> bytes:
        return pull.page(node, raw, nonces.fresh, caller)

    def compared(raw: bytes, caller: str | None) -> bytes:
        return reconciling.page(node, raw, nonces.fresh, caller)

    nonces = Nonces(timedelta(seconds=2 * node.skew_seconds), node.clock)

    async def envelopes(request: Request) -> Response:
        """One signed envelope in, its signed receipt out."""
        return await answer(request, MAX_ENVELOPE_BYTES, _by(request, taken), "envelopes", told)

    async def pulls(request: Request) -> Response:
        """One signed pull request in, a page of waiting envelopes out."""
        return await answer(request, MAX_PULL_BYTES, _by(request, paged), "pull", told)

    async def receipts(request: Request) -> Response:
        """The receipt of an envelope that was pulled."""
        return await answer(request, receipt.MAX_RAW, _by(request, answered), "receipts", told)

    async def reconciles(request: Request) -> Response:
        """One signed question about what crossed in, a page of it out."""
        return await answer(request, MAX_PULL_BYTES, _by(request, compared), "reconcile", told)

    doors = Starlette(
        routes=[
            Route("/exchange/v1/envelopes", envelopes, methods=["POST"]),
            Route("/exchange/v1/pull", pulls, methods=["POST"]),
            Route("/exchange/v1/receipts", receipts, methods=["POST"]),
            Route(reconciling.PATH, reconciles, methods=["POST"]),
        ]
    )
    doors.router.redirect_slashes = False
    return doors


def _by(request: Request, act: Callable[[bytes, str | None], bytes]) -> Callable[[bytes], bytes]:
    """`act` told whose certificate the connection showed. Over TLS without one nothing is done: fail closed."""
    caller: str | None = getattr(request.state, CALLER, None)
    if caller is None and request.scope["scheme"] == "https":
        return _nobody
    return lambda raw: act(raw, caller)


def _nobody(_raw: bytes) -> bytes:
    raise Refused("show a certificate")


class _Answered(msgspec.Struct):
    """What is told of a receipt that this node has just signed."""

    agreement: str
    lane: str
    verdict: str
    items: list[msgspec.Raw]
    code: str | None = None


def _tell(events: Events, raw: bytes, size: int, began: float) -> None:
    answered = msgspec.json.decode(dsse.parse(raw).payload, type=_Answered)
    events.tell(
        Event.ACCEPTED if answered.verdict == receipt.Answer.ACCEPTED else Event.REFUSED,
        door="envelopes",
        agreement=answered.agreement.partition("@")[0],
        lane=answered.lane,
        code=answered.code,
        items=len(answered.items),
        bytes=size,
        ms=round((time.monotonic() - began) * 1000),
    )
