"""What the head of a request to the partners' listener must look like: one way to write it; others are refused.

A second way to say the same is how two readers come to see two requests (RFC 9112, section 11).
"""

import re
from collections.abc import Sequence

METHOD = b"POST"
_TARGET = re.compile(rb"/[A-Za-z0-9._~!$&'()*+,;=:@/-]*(?:\?[A-Za-z0-9._~!$&'()*+,;=:@/?%\[\]-]*)?")
_LENGTH = re.compile(rb"[0-9]{1,12}")

Fault = tuple[int, str]


def fault(
    method: bytes, target: bytes, version: str, headers: Sequence[tuple[bytes, bytes]], max_body: int
) -> Fault | None:
    """The status and the sentence that refuse it; `None` for a good head. Header names are in lower case."""
    if version != "1.1":
        return 400, "this listener speaks HTTP/1.1"
    if method != METHOD:
        return 405, "this listener takes POST"
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
