"""What the head of a request to the partners' listener must look like: one way to write it; others are refused.

A second way to say the same is how two readers come to see two requests (RFC 9112, section 11).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from comity.annexes.cyber.taxii import media, resources

POST = b"POST"
_TAXII = re.compile(rb"/+taxii2(?![A-Za-z0-9._~-])", re.IGNORECASE)
TAXII_METHODS = (b"GET", b"HEAD", b"POST", b"DELETE", b"OPTIONS", b"PUT", b"PATCH")
"""What a TAXII endpoint is asked with; which of them it takes, it says itself."""
_TARGET = re.compile(rb"/[A-Za-z0-9._~!$&'()*+,;=:@/-]*(?:\?[A-Za-z0-9._~!$&'()*+,;=:@/?%\[\]-]*)?")
_LENGTH = re.compile(rb"[0-9]{1,12}")

Fault = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """Whose certificate a connection showed, and why it is no partner's; `shown`: its fingerprint, while it holds."""

    caller: str | None = None
    fault: Fault | None = None
    shown: str | None = None


def is_taxii(target: bytes) -> bool:
    """Whether a request is for the TAXII door, which asks for other credentials than a partner's certificate. One that
    only meant it is told there that there is no such thing."""
    return _TAXII.match(target) is not None


def methods(target: bytes) -> tuple[bytes, ...]:
    """What may be asked with of the door behind `target`."""
    return TAXII_METHODS if is_taxii(target) else (POST,)


def fault(
    method: bytes, target: bytes, version: str, headers: Sequence[tuple[bytes, bytes]], max_body: int
) -> Fault | None:
    """The status and the sentence that refuse it; `None` for a good head. Header names are in lower case."""
    if version != "1.1":
        return 400, "this listener speaks HTTP/1.1"
    if method not in methods(target):
        return 405, "this method is not taken here"
    path = target.partition(b"?")[0]
    if not _TARGET.fullmatch(target) or b"//" in path or {b".", b".."} & set(path.split(b"/")):
        return 400, "write the path plainly, from its first slash, without dots and escapes"
    return _of_headers(headers, max_body)


def _of_headers(headers: Sequence[tuple[bytes, bytes]], max_body: int) -> Fault | None:
    names = [name for name, _ in headers]
    values = dict(headers)
    if names.count(b"host") != 1:
        return 400, "name one host"
    if b"transfer-encoding" in names:
        return (400 if b"content-length" in names else 411), "send a Content-Length and no Transfer-Encoding"
    if names.count(b"content-length") > 1 or not _LENGTH.fullmatch(values.get(b"content-length", b"0")):
        return 400, "send one Content-Length, in digits"
    if int(values.get(b"content-length", b"0")) > max_body:
        return 413, "the body is larger than what is read here"
    if values.get(b"content-encoding", b"identity") != b"identity" or names.count(b"content-encoding") > 1:
        return 415, "send the bytes as they are: no content encoding is accepted"
    if b"upgrade" in names:
        return 400, "this listener changes to no other protocol"
    if values.get(b"expect", b"100-continue").lower() != b"100-continue":
        return 417, "only 100-continue can be expected here"
    return None


def told(target: bytes, fault: Fault) -> bytes:
    """The answer that refuses a request: to a TAXII client an error resource, to others a line of text."""
    status, words = fault
    phrase = HTTPStatus(status).phrase
    if is_taxii(target):
        kind, body = media.TAXII, resources.error(resources.Fault(status, phrase.lower(), words))
    else:
        kind, body = "text/plain; charset=utf-8", words.encode() + b"\n"
    allow = f"allow: {b', '.join(methods(target)).decode()}\r\n" if status == HTTPStatus.METHOD_NOT_ALLOWED else ""
    lines = f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {kind}\r\n{allow}content-length: {len(body)}\r\n"
    return f"{lines}connection: close\r\n\r\n".encode() + body
