"""The partners' listener, `/exchange/v1/`. Who calls is told by the signature on what they bring, by nothing else."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comity.acts import accept, pull
from comity.acts.node import Node
from comity.api.answers import answer

MAX_ENVELOPE_BYTES = 96 * 1024 * 1024
MAX_PULL_BYTES = 64 * 1024


def partners(node: Node, arrived: Callable[[], None]) -> Starlette:
    """The application of the partners' listener; `arrived` is called when something was let in."""

    def taken(raw: bytes) -> bytes:
        receipt = accept.accept(node, raw)
        arrived()
        return receipt

    async def envelopes(request: Request) -> Response:
        """One signed envelope in, its signed receipt out."""
        return await answer(request, MAX_ENVELOPE_BYTES, taken)

    async def pulls(request: Request) -> Response:
        """One signed pull request in, a page of waiting envelopes out."""
        return await answer(request, MAX_PULL_BYTES, lambda raw: pull.page(node, raw))

    return Starlette(
        routes=[
            Route("/exchange/v1/envelopes", envelopes, methods=["POST"]),
            Route("/exchange/v1/pull", pulls, methods=["POST"]),
        ]
    )
