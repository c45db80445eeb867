"""What `test_two_databases` runs and kills: a worker on a node, which tells what it did until its input ends."""

import sys
from dataclasses import replace
from pathlib import Path

from comity.api.events import Events
from comity.app.work import Worker
from comity.wiring import open_node
from tests.joined import Clock


def run(directory: Path) -> None:
    with open_node(directory) as node, Worker(replace(node, clock=Clock()), Events(sys.stdout)).running():
        sys.stdin.read()
