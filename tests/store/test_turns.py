"""Holders come in the order in which they asked."""

import threading

from comity.store.turns import Turns

SECONDS = 5.0


def test_whoever_lets_go_and_asks_again_stands_behind() -> None:
    turns, order = Turns(), list[str]()
    assert turns.acquire(0)
    asked = threading.Event()

    def other() -> None:
        asked.set()
        assert turns.acquire(SECONDS)
        order.append("other")
        turns.release()

    thread = threading.Thread(target=other)
    thread.start()
    assert asked.wait(SECONDS)
    while not turns._waiting:
        pass
    turns.release()
    assert turns.acquire(SECONDS)
    order.append("first")
    turns.release()
    thread.join(SECONDS)
    assert order == ["other", "first"]


def test_one_that_gives_up_is_not_waited_for() -> None:
    turns = Turns()
    assert turns.acquire(0)
    assert not turns.acquire(0)
    turns.release()
    assert turns.acquire(0)
    turns.release()
