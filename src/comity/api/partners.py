"""The partners' listener, `/exchange/v1/`. Who calls is told by the signature on what they bring, by nothing else."""

from collections.abc import Callable
from datetime import timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comity.acts import accept, deliver, pull
from comity.acts.node import Node
from comity.api.answers import answer
from comity.api.nonces import Nonces
from comity.exchange import receipt

MAX_ENVELOPE_BYTES = 96 * 1024 * 1024
MAX_PULL_BYTES = 64 * 1024


def partners(node: Node, arrived: Callable[[], None]) -> Starlette:
    """The application of the partners' listener; `arrived` is called when something was let in."""

    def taken(raw: bytes) -> bytes:
        receipt = accept.accept(node, raw)
        arrived()
        return receipt

    def answered(raw: bytes) -> bytes:
        deliver.record_receipt(node, deliver.agreement_of(node, raw), raw)
        return b""

    nonces = Nonces(timedelta(seconds=2 * node.skew_seconds), node.clock)

    async def envelopes(request: Request) -> Response:
        """One signed envelope in, its signed receipt out."""
        return await answer(request, MAX_ENVELOPE_BYTES, taken)

    async def pulls(request: Request) -> Response:
        """One signed pull request in, a page of waiting envelopes out."""
        return await answer(request, MAX_PULL_BYTES, lambda raw: pull.page(node, raw, nonces.fresh))

    async def receipts(request: Request) -> Response:
        """The receipt of an envelope that was pulled."""
        return await answer(request, receipt.MAX_RAW, answered)

    return Starlette(
        routes=[
            Route("/exchange/v1/envelopes", envelopes, methods=["POST"]),
            Route("/exchange/v1/pull", pulls, methods=["POST"]),
            Route("/exchange/v1/receipts", receipts, methods=["POST"]),
        ]
    )
