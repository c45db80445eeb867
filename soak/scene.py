"""Two nodes that have met and signed, each reached through a link of ours."""

import random
from pathlib import Path

import msgspec

from comity import settings
from comity.app.capital import Capital, free_ports
from comity.app.demo import _meet, _sign
from comity.app.story import Story
from soak.link import Link
from soak.serving import Reaper, Serving
from soak.traffic import Side, Traffic


def set_up(folder: Path, chance: random.Random, reaper: Reaper) -> tuple[Traffic, dict[str, Link]]:
    """The traffic, and the links by the party that is reached through them."""
    ports = free_ports(4)
    il = Capital("IL", "Israel (example)", folder / "israel", ports[0], ports[1])
    jp = Capital("JP", "Japan (example)", folder / "japan", ports[2], ports[3])
    il.init(jp)
    jp.init(il)
    links = {one.party: Link(one.partners_port) for one in (il, jp)}
    for one, other in ((il, jp), (jp, il)):
        chosen = settings.read(one.directory)
        place = settings.Partner(f"https://127.0.0.1:{links[other.party].port}")
        settings.write(one.directory, msgspec.structs.replace(chosen, partners={other.party: place}))
    _meet(il, jp, folder, Story(quiet=True))
    _sign(il, jp, folder, Story(quiet=True))
    sides = [Side(Serving(one.party, one.directory, folder / f"{one.party}.log", reaper)) for one in (il, jp)]
    sides[0].standing, sides[1].standing = "standing-il", "standing-jp"
    traffic = Traffic(chance, folder, sides[0], sides[1], reaper)
    for side in sides:
        traffic.stand(side)
    return traffic, links
