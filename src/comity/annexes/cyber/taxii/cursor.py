"""What `next` carries: the place in a view after which a page goes on (sections 3.4 and 3.5).

It is opaque to clients, needs no memory here, and may be asked for again. It says nothing that a client could not
count, and opens nothing: whoever shows it gets what the rest of the request may have.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from comity.core.errors import Malformed

_BYTES, _LENGTH = 8, 11
MAX = (1 << 63) - 1


def token(after: int) -> str:
    """The text for a page that begins behind the row numbered `after`."""
    return urlsafe_b64encode(after.to_bytes(_BYTES)).decode().rstrip("=")


def parse(text: str) -> int:
    """The number in a token of ours. Raises `Malformed`."""
    if len(text) == _LENGTH and text.isascii():
        try:
            after = int.from_bytes(urlsafe_b64decode(text + "="))
        except ValueError:
            after = 0
        if 0 < after <= MAX and token(after) == text:
            return after
    raise Malformed("next is not a value that this server has given")
