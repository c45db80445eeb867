"""The signed agreement: a DSSE envelope over the canonical bytes, with the hybrid signature of every party.

Whose keys count is said by the text itself. That those keys are really the parties' is confirmed beforehand, by
people comparing words (DECISIONS 20): whoever accepts an agreement compares `Agreement.signers()` with what was
confirmed.
"""

from comity.agreement.check import ERROR, check
from comity.agreement.instrument import Agreement
from comity.agreement.text import MAX_BYTES, canonical, from_json
from comity.core import dsse
from comity.core.dsse import Sealed
from comity.core.errors import Malformed, Refused
from comity.core.keys import HALVES, PublicKey, Signer

PAYLOAD_TYPE = "application/vnd.comity.agreement+json"
WHAT = "the signed agreement"
MAX_ENVELOPE = 2 * MAX_BYTES


def seal(agreement: Agreement, signer: Signer) -> bytes:
    """The envelope with the first signature. Raises `Refused` for a draft that `check` faults, or a strange key."""
    _check_fit(agreement)
    if signer.public not in agreement.signers().values():
        raise Refused("the key at hand is not one of the keys this agreement binds to its parties")
    return dsse.seal(PAYLOAD_TYPE, canonical(agreement), [signer])


def countersign(raw: bytes, signer: Signer, party: str) -> bytes:
    """The envelope with `party`'s signature added over the very bytes received. Raises `Malformed` or `Refused`."""
    sealed, agreement = _open(raw)
    _check_fit(agreement)
    if agreement.signers().get(party) != signer.public:
        raise Refused(f"the key at hand is not the one this agreement binds to {party}")
    if party in _signers(sealed, agreement):
        raise Refused(f"{party} has already signed this agreement")
    signatures = {**sealed.signatures, signer.public.kid: signer.sign(dsse.to_sign(PAYLOAD_TYPE, sealed.payload))}
    return dsse.write(PAYLOAD_TYPE, sealed.payload, signatures)


def read(raw: bytes) -> Agreement:
    """The text in the envelope, whoever signed it: for looking at, never for acting on. Raises `Malformed`."""
    return _open(raw)[1]


def signers_of(raw: bytes) -> frozenset[str]:
    """The parties whose signatures, both halves, are there and fit. Raises `Refused` where any signature does not."""
    return _signers(*_open(raw))


def verify(raw: bytes) -> Agreement:
    """The agreement every party signed. Raises `Malformed` for the bytes, `Refused` naming the party and the fault."""
    sealed, agreement = _open(raw)
    dsse.verify(sealed, PAYLOAD_TYPE, agreement.signers(), WHAT)
    _signers(sealed, agreement)
    return agreement


def succeeds(new: Agreement, old: Agreement) -> None:
    """Check that `new` is the version that follows `old`. Raises `Refused`."""
    if new.id != old.id:
        raise Refused(f"{new.id} is another agreement than {old.id}, not its next version")
    if new.version != old.version + 1:
        raise Refused(f"version {new.version} does not follow version {old.version} of {old.id}")
    if set(new.party_ids) != set(old.party_ids):
        raise Refused(f"version {new.version} of {old.id} is between other parties")


def _open(raw: bytes) -> tuple[Sealed, Agreement]:
    sealed = dsse.parse(raw, WHAT, max_bytes=MAX_ENVELOPE)
    if sealed.payload_type != PAYLOAD_TYPE:
        raise Malformed(f"{WHAT} is of another type: {sealed.payload_type[:80]!r} instead of {PAYLOAD_TYPE!r}")
    agreement = from_json(sealed.payload)
    if canonical(agreement) != sealed.payload:
        raise Malformed(f"{WHAT} is not written in the canonical form, so two readers could see two texts")
    _check_keys(agreement)
    return sealed, agreement


def _signers(sealed: Sealed, agreement: Agreement) -> frozenset[str]:
    keys = agreement.signers()
    if strangers := set(sealed.signatures) - {key.kid for key in keys.values()}:
        raise Refused(f"{WHAT} carries the signature of a key the text binds to nobody ({min(strangers)[:40]})")
    present = {party: key for party, key in keys.items() if key.kid in sealed.signatures}
    if present:
        dsse.verify(sealed, PAYLOAD_TYPE, present, WHAT)
    return frozenset(present)


def _check_fit(agreement: Agreement) -> None:
    _check_keys(agreement)
    if errors := [problem for problem in check(agreement) if problem.severity == ERROR]:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise Refused(f"this agreement cannot be signed yet: {errors[0]}{more}", "`comity agreement check` lists all")


def _check_keys(agreement: Agreement) -> None:
    keys = agreement.signers()
    if missing := [party for party in agreement.party_ids if party not in keys]:
        raise Refused(f"this agreement binds no key to {missing[0]}: it is a draft and cannot be signed")
    if len(agreement.keys) != len(agreement.parties) or set(keys) != set(agreement.party_ids):
        raise Refused("this agreement must bind exactly one key to each party and none to anyone else")
    for half in HALVES:
        if len({_half(key, half) for key in keys.values()}) != len(keys):
            raise Refused(f"this agreement names the same {half} key for two parties")


def _half(key: PublicKey, half: str) -> str:
    return key.as_json()[half]
