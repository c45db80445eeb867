"""How it is marked and travels: one row a reading of caveats that name readers, of channels, couriers and routes."""

from typing import Any

import pytest

from tests.release.fiction import ACCESS, person, term, thing
from tests.release.test_rules import Row, answers_as_read, firm

MARKS = term("additional-markings", "3.2")
BAG = term("transmission", "7", approved_channels=["government-to-government", "courier"])
CRYPTO = term("transmission-electronic", "7c", requires="agreed-crypto")


def caveat(words: str, **reader: Any) -> dict[str, Any]:
    return {"about": thing(caveats=[words]), "reader": person(**reader)}


def sent(channel: str, **more: Any) -> dict[str, Any]:
    return {"context": {"channel": channel, **more}}


# fmt: off
ROWS: list[Row] = [
    # caveats
    ("eyes only, a national", "release", [ACCESS, MARKS], caveat("EYES ONLY AR, BO"), "allow", "3.2", [],
     {("carry-caveat", "BO")}),
    ("eyes only, with a dash", "release", [ACCESS, MARKS], caveat("EYES ONLY AR-BO"), "allow", "3.2", [], set()),
    ("eyes only, of another nation", "release", [ACCESS, MARKS], caveat("EYES ONLY AR, BO", nationality=["DE"]),
     "deny", "3.2", [], set()),
    ("eyes only, of nobody's nation here", "release", [ACCESS, MARKS], caveat("EYES ONLY AR, DE"), "deny", "3.2", [],
     set()),
    ("releasable to the party, whatever the passport", "release", [ACCESS, MARKS], caveat("REL TO AR, BO",
     nationality=["DE"]), "allow", "3.2", [], set()),
    ("releasable to others", "release", [ACCESS, MARKS], caveat("REL TO AR, DE"), "deny", "3.2", [], set()),
    ("releasable in full words", "release", [ACCESS, MARKS], caveat("RELEASABLE TO BO"), "allow", "3.2", [], set()),
    ("releasable in full words, to others", "release", [ACCESS, MARKS], caveat("RELEASABLE TO DE"), "deny", "3.2", [],
     set()),
    ("a caveat that names nobody", "release", [ACCESS, MARKS], caveat("REL TO "), "deny", "3.2", [], set()),
    ("no contractors, no servant of the state", "release", [ACCESS, MARKS], {"about": thing(caveats=[
     "NO CONTRACTORS"]), "reader": firm("university")}, "deny", "3.2", [], set()),
    # channels
    ("between governments", "release", [BAG], sent("government-to-government"), "allow", "7", [], set()),
    ("by courier", "release", [BAG], sent("courier", courier_certificate=True), "allow", "7", [], set()),
    ("by a courier without certificate", "release", [BAG], sent("courier", courier_certificate=False), "deny", "7", [],
     set()),
    ("by courier, where others serve", "release", [BAG], sent("courier", courier_certificate=True,
     impractical_other_channels=False), "deny", "7", [], set()),
    ("by courier, where none serves", "release", [BAG], sent("courier", courier_certificate=True,
     impractical_other_channels=True), "allow", "7", [], set()),
    ("by a channel nobody approved", "release", [BAG], sent("pigeon"), "deny", "7", [], set()),
    ("encrypted as agreed", "release", [CRYPTO], sent("electronic", encryption="agreed"), "allow", "7c", [], set()),
    ("in clear, by an agreed procedure", "release", [CRYPTO], sent("electronic", encryption="none",
     agreed_procedure="SP-11"), "deny", "7c", [], set()),
    ("by an agreed procedure, encryption not stated", "release", [CRYPTO], sent("electronic",
     agreed_procedure="SP-11"), "allow", "7c", [], set()),
    ("nothing agreed", "release", [CRYPTO], sent("electronic"), "deny", "7c", [], set()),
    ("below the level of the article, nothing approves it", "release", [term("transmission-electronic", "7c",
     requires="agreed-crypto", from_en="SECRET"), ACCESS], {"about": thing("LOW"), **sent("electronic",
     encryption="none")}, "deny", "7c", [], set()),
    ("a route, for reading at home", "use", [ACCESS, term("route", "4", via="US-DOD")], {"context":
     {"route": "direct"}}, "allow", "5", [], set()),
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} ({row[1]})" for row in ROWS])
def test_each_reading(row: Row) -> None:
    answers_as_read(row)
