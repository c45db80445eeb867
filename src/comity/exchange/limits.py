"""How much one partner may ask at a time: pure rules over counts and seconds. Which partner it is, is not said here."""

from dataclasses import dataclass

GRACE_SECONDS = 10.0
"""So long a body may take whatever its size, and so long nothing of it need come."""
LEAST_BYTES_A_SECOND = 4096


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens left at an instant; a request takes one. `at` counts seconds of a clock that never goes back."""

    tokens: float
    at: float


def take(bucket: Bucket | None, now: float, rate: float, burst: float) -> tuple[Bucket, bool]:
    """The bucket after a request at `now`, and whether it may pass. A partner not seen before (`None`) has it full.

    `rate` tokens a second flow in, up to `burst`. A refused request takes nothing.
    """
    if bucket is None:
        bucket = Bucket(burst, now)
    tokens = min(burst, bucket.tokens + max(0.0, now - bucket.at) * rate)
    passes = tokens >= 1
    return Bucket(tokens - 1 if passes else tokens, max(now, bucket.at)), passes


def too_slow(received: int, seconds: float, since_last: float, grace: float = GRACE_SECONDS) -> bool:
    """Whether a body of which `received` bytes came in `seconds`, the last `since_last` ago, is given up."""
    return since_last > grace or received < (seconds - grace) * LEAST_BYTES_A_SECOND
