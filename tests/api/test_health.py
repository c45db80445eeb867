"""The house's own doors: alive is not ready, and neither says what is kept."""

import json

from comity.api.house import house
from tests.acts.things import stix, take
from tests.api.calling import call
from tests.joined import Pair, opened


def test_alive_and_ready(pair: Pair) -> None:
    take(pair.il, stix("malware", "Paper Lantern"))
    application = house(pair.il)
    alive, ready = (call(application, "GET", path) for path in ("/healthz", "/readyz"))
    assert (alive.status, json.loads(alive.body)) == (200, {"alive": True})
    assert (ready.status, json.loads(ready.body)) == (200, {"ready": True, "faults": []})


def test_alive_and_not_ready(pair: Pair) -> None:
    """A node that lost an agreement's file lives, and says that it cannot keep what it is given."""
    (pair.folder / "IL" / "agreements" / f"{pair.agreement}.db").unlink()
    with opened(pair.folder) as again:
        application = house(again.il)
        assert call(application, "GET", "/healthz").status == 200
        ready = call(application, "GET", "/readyz")
    assert ready.status == 503
    assert json.loads(ready.body)["ready"] is False
    assert str(pair.folder).encode() not in ready.body


def test_the_house_has_no_door_for_partners(pair: Pair) -> None:
    for path in ("/exchange/v1/envelopes", "/exchange/v1/pull"):
        assert call(house(pair.il), "POST", path, b"{}").status == 404
    assert call(house(pair.il), "POST", "/healthz").status == 405
