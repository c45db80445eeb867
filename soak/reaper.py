"""`python -m soak.reaper PID SECONDS`: outlives the soak by a moment, and ends whatever it left running.

It is told of each process group it must look after, a line each, and of each that ended, with a minus. When its input
ends, or its time is over, it kills them all, stopped ones too.
"""

import contextlib
import os
import select
import signal
import sys
import time


def main(parent: int, seconds: float) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    groups: set[int] = set()
    end = time.monotonic() + seconds
    waiting = b""
    while (left := end - time.monotonic()) > 0:
        if not select.select([0], [], [], left)[0]:
            break
        piece = os.read(0, 65536)
        if not piece:
            break
        *lines, waiting = (waiting + piece).split(b"\n")
        for line in lines:
            number = int(line)
            (groups.add if number > 0 else groups.discard)(abs(number))
    else:
        with contextlib.suppress(ProcessLookupError):
            os.kill(parent, signal.SIGKILL)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


main(int(sys.argv[1]), float(sys.argv[2]))
