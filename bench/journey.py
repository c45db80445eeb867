"""From a decided release at A to its receipt recorded at A, both nodes in this process on one core."""

import tempfile
import time
from pathlib import Path

from tests.joined import DANA, joined

from bench.corpus import indicators
from bench.row import Row
from comity.acts import deliver, follow, intake

COUNT = 5000


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, joined(Path(folder)) as pair:
        intake.take(pair.il, indicators(COUNT), "misp-galaxy", DANA)
        began = time.perf_counter()
        followed = follow.follow(pair.il, pair.agreement)
        decided = time.perf_counter()
        while deliver.deliver_due(pair.il, pair.agreement).settled:
            pass
        ended = time.perf_counter()
    whole, out = followed.released / (ended - began), followed.released / (decided - began)
    back = followed.released / (ended - decided)
    return [
        Row(
            "release to receipt, both nodes (objects/s)",
            f"{whole:,.0f}",
            "target 5,000",
            whole / 5000,
            "≥ 1 on 2 cores",
        ),
        Row("… of this: decide, copy, sign, queue (objects/s)", f"{out:,.0f}", "", None, ""),
        Row("… of this: accept, keep, receipt, record (objects/s)", f"{back:,.0f}", "", None, ""),
    ]
