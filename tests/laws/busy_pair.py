"""What `test_nothing_lost` runs and kills: two nodes that take in, release, deliver and accept without end.

Every line it prints is an acknowledgement: `taken ID` once the house has it, `settled DIGEST` once the receipt is kept.
"""

import random
from itertools import count
from pathlib import Path

from comity.acts import deliver, follow
from comity.exchange.lane import Lane
from comity.labels.label import Tlp
from tests.acts.things import note, relation, stix, take
from tests.joined import opened


def run(folder: Path, life: int) -> None:
    """Life after life in the same folder: each has its own names, and a clock an hour after the last one's."""
    chance = random.Random(life)  # which work comes next, nothing secret
    with opened(folder) as pair:
        pair.clock.forward(hours=life)
        settled = {"IL": 0, "JP": 0}
        for turn in count():
            name = f"{life}-{turn}"
            levels = [Tlp.CLEAR if n % 2 else Tlp.GREEN for n in range(chance.randint(1, 6))]
            things = [stix("malware", f"{name}-{n}", level) for n, level in enumerate(levels)]
            things += [relation(f"{name}-r", things[0], things[-1]), note(f"{name}-n", things)]
            node = pair.il if chance.random() < 0.7 else pair.jp
            take(node, *things)
            for one in things:
                say("taken", node.party, one["id"])
            for each in (pair.il, pair.jp):
                follow.follow(each, pair.agreement)
                deliver.deliver_due(each, pair.agreement)
                with each.agreements(pair.agreement).reader() as reader:
                    rows = reader.outgoing_after(each.mode, Lane.ROUTINE, 1, settled[each.party], 100)
                for row in rows:
                    if row.receipt is not None:
                        settled[each.party] = row.seq
                        say("settled", each.party, row.digest)


def say(*words: str) -> None:
    print(*words, flush=True)  # noqa: T201  # how the parent learns what is acknowledged
