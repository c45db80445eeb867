"""The agreement: as authors write it, as machines pass it, as it is signed."""

from contextlib import suppress

from tests.exchange.scene import NOW
from tests.keys import signer

from comity.agreement import check, signed, text
from comity.agreement.instrument import Agreement
from comity.agreement.life import status_at
from comity.agreement.published import from_published
from comity.core import strictjson
from comity.core.errors import ComityError
from fuzz.genuine import payload, payloads
from fuzz.target import same

GENUINE = payloads("agreement")


def written(raw: bytes) -> None:
    _used(text.from_yaml(raw))


def passed(raw: bytes) -> None:
    _used(text.from_json(raw))


def published(raw: bytes) -> None:
    check.check(from_published(strictjson.parse(raw)))


def sealed(raw: bytes) -> None:
    read = signed.read(raw)
    signers = signed.signers_of(raw)
    if signers:
        assert payload(raw) in GENUINE, f"a forged text with the signatures of {sorted(signers)}"
    with suppress(ComityError):
        signed.countersign(raw, signer("AA"), "AA")
    assert signed.verify(raw) == read


def _used(agreement: Agreement) -> None:
    same(agreement, text.canonical, text.from_json)
    check.check(agreement)
    status_at(agreement, NOW)


CHECKS = {
    "agreement-yaml": written,
    "agreement-json": passed,
    "agreement-published": published,
    "agreement-signed": sealed,
}
