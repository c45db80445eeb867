"""The house listener: `/healthz` (the process lives), `/readyz` (it can keep what it is given), `/metrics`."""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comity.acts import readiness
from comity.acts.node import Node
from comity.api.answers import LATER
from comity.api.events import Event, Events
from comity.api.metrics import CONTENT_TYPE, Scrape


def house(node: Node, events: Events | None = None) -> Starlette:
    """The application of the house listener."""
    told = Events() if events is None else events
    scrape = Scrape(node, told)

    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"alive": True})

    async def readyz(_: Request) -> JSONResponse:
        faults = await run_in_threadpool(readiness.faults, node)
        return JSONResponse({"ready": not faults, "faults": faults}, status_code=503 if faults else 200)

    async def metrics(_: Request) -> Response:
        try:
            return Response(await run_in_threadpool(scrape), media_type=CONTENT_TYPE)
        except Exception as error:
            told.fault(Event.ANSWER_FAILED, error, door="metrics")
            return Response(LATER, status_code=503, media_type="text/plain")

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])
