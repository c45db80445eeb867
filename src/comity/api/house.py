"""The house listener: `/healthz` (the process lives) and `/readyz` (it can keep what it is given)."""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from comity.acts import readiness
from comity.acts.node import Node


def house(node: Node) -> Starlette:
    """The application of the house listener."""

    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"alive": True})

    async def readyz(_: Request) -> JSONResponse:
        faults = await run_in_threadpool(readiness.faults, node)
        return JSONResponse({"ready": not faults, "faults": faults}, status_code=503 if faults else 200)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz)])
