"""What an Authorization header shows (section 1.6.9; RFC 7235, RFC 7617, RFC 6750)."""

import binascii
import re
from base64 import b64decode

from comity.release.collection import Basic, Token

CHALLENGES = ('Basic realm="taxii", charset="UTF-8"', 'Bearer realm="taxii"')
"""What WWW-Authenticate asks for."""
MAX = 1024
"""Characters of what stands behind the scheme."""

_SCHEME = re.compile(r"(basic|bearer|token) +(\S+) *", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


def parse(header: str) -> Basic | Token | None:
    """The credential; `None` for what is none, and for a scheme that is not taken here.

    `Token` is what `taxii2-client` and some feeds call Bearer.
    """
    match = _SCHEME.fullmatch(header)
    if match is None or len(match[2]) > MAX:
        return None
    if match[1].lower() != "basic":
        return Token(match[2]) if _TOKEN.fullmatch(match[2]) else None
    try:
        user, colon, secret = b64decode(match[2], validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not colon or not (user + secret).isprintable():
        return None
    return Basic(user, secret)
