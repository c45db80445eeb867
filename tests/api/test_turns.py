"""One caller of the TAXII door reads once in a turn of the event loop, however much it asks; others come between."""

import asyncio

from comity.api.limited import Turns


async def _order(asked: str) -> str:
    turns, read = Turns(), list[str]()

    async def ask(caller: str) -> None:
        await turns.take(caller)
        read.append(caller)

    await asyncio.gather(*(ask(caller) for caller in asked))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.gather(ask("z"))
    return "".join(read)


def test_others_come_between_the_reads_of_one() -> None:
    """Seen to fail with `take` returning at once."""
    assert asyncio.run(_order("aaaaab")) == "abaaaaz"
    assert asyncio.run(_order("aaabbb")) == "abababz"


def test_a_caller_that_leaves_while_it_waits_keeps_nobody_waiting() -> None:
    async def left() -> list[str]:
        turns, read = Turns(), list[str]()

        async def ask(name: str) -> None:
            await turns.take("a")
            read.append(name)

        tasks = [asyncio.create_task(ask(name)) for name in "xyz"]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return read

    assert asyncio.run(left()) == ["x", "z"]
