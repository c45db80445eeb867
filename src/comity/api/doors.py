"""What stands behind the partners' listener: the exchange between nodes, and TAXII for consumers, by their paths."""

from starlette.types import ASGIApp, Receive, Scope, Send

from comity.api import head


class Doors:
    """Each request to the application whose it is."""

    def __init__(self, exchange: ASGIApp, taxii: ASGIApp) -> None:
        self._exchange = exchange
        self._taxii = taxii

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._taxii if head.is_taxii(scope["raw_path"]) else self._exchange
        await door(scope, receive, send)
