"""`comity sandbox taxii`: a throw-away node with two collections of public data, for trying clients against."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from comity.app.supervisor import serve
from comity.cli.output import Output
from comity.core.errors import Malformed

SHORTEST = 1


def sandbox(args: argparse.Namespace, out: Output) -> int:
    """Serves until stopped; everything is gone then. One JSON line says where, once it answers."""
    if not args.user or ":" in args.user or len(args.password) < SHORTEST:
        raise Malformed("a user has a name without a colon, and a password")
    with tempfile.TemporaryDirectory(prefix="comity-sandbox-") as folder:
        directory = Path(folder) / "node"
        made = subprocess.run(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-m", "comity", "sandbox-node", str(directory)],
            input=json.dumps({"port": args.port, "user": args.user, "password": args.password}),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if made.returncode:
            return made.returncode
        return _served(directory, json.loads(made.stdout), out)


def _served(directory: Path, named: dict[str, str], out: Output) -> int:
    """Runs `serve` there, which ends with us however we end. What its node says on standard output is read here."""
    reading, writing = os.pipe()
    shown = os.dup(1)
    os.dup2(writing, 1)
    os.close(writing)
    said = threading.Thread(target=_tell, args=(reading, shown, named), daemon=True)
    said.start()
    try:
        return serve(argparse.Namespace(data=directory, partners_port=None, house_port=None), out)
    finally:
        os.dup2(shown, 1)


def _tell(reading: int, shown: int, named: dict[str, str]) -> None:
    """The node's first line says that it answers, and where; ours says it in a client's words."""
    with os.fdopen(reading, encoding="utf-8") as lines:
        line = lines.readline()
        if line:
            place = json.loads(line)["partners"]
            where = {"discovery": f"{place}/taxii2/", "api_root": f"{place}/taxii2/api/", "collections": named}
            os.write(shown, (json.dumps(where) + "\n").encode())
        for _ in lines:
            pass
