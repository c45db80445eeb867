"""Mints the golden vectors of this room that do not exist yet: `python -m tests.exchange.mint`.

ML-DSA signatures are randomised, so a vector that exists is never minted again: it is verified as it stands.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from comity.core import dsse, strictjson
from comity.exchange import body as bodies
from comity.exchange import (
    contact,
    envelope,
    notice,
    pull,
    receipt,
    reconcile,
    rollover,
    sealing,
)
from comity.exchange.body import Body, Checkpoint, Epoch, Items, Notices, Void
from comity.exchange.lane import Lane, Mode
from comity.exchange.receipt import ItemAnswer, ItemVerdict
from comity.exchange.reconcile import Held, Page
from comity.vault import certificates
from tests.exchange.discharges import discharges
from tests.exchange.forging import A, B, Minted, bad, outside, payloads
from tests.exchange.scene import (
    NOTE,
    NOW,
    a_batch,
    a_card,
    a_header,
    a_key_statement,
    a_notice,
    a_pull,
    an_ask,
    an_envelope,
    an_hpke_seed,
    forwarded,
    payload_of,
    placed,
    received,
    signed,
)
from tests.exchange.stated import statements
from tests.keys import signer

VECTORS = Path(__file__).parent.parent / "vectors"


def envelopes() -> Iterator[Minted]:
    whole, batch = a_batch(), placed(a_batch())
    kind = envelope.PAYLOAD_TYPE
    good = an_envelope(batch, NOTE)
    other = a_batch(2, origin="BB")
    onward = Items(other.statements, forwarded(placed(other).items[1:]))
    plain: dict[str, tuple[Body, str]] = {
        "items": (batch, "three items under two labels"),
        "whole": (whole, "all items of a statement, without their paths"),
        "onward": (onward, "one item of another origin's batch, sent on with its statement"),
        "notices": (Notices((notice.seal(a_notice(), A),)), "one signed notice"),
        "void": (Void("no-longer-releasable"), "a void"),
        "checkpoint": (Checkpoint(NOTE), "a checkpoint by itself"),
        "epoch": (Epoch("restored-backup", 1, 41, "ab" * 32), "a new epoch announced"),
    }
    for name, (body, about) in plain.items():
        raw = an_envelope(body, epoch=2 if name == "epoch" else 1)
        yield f"good-{name}.json", about, raw, {"body": bodies.as_json(body), "digest": envelope.digest(raw)}
    yield (
        "good-noted.json",
        "items and the sender's checkpoint",
        good,
        {
            "body": bodies.as_json(batch),
            "digest": envelope.digest(good),
            "checkpoint": NOTE,
        },
    )
    header = a_header(lane=Lane.FLASH, mode=Mode.EXERCISE)
    seed = an_hpke_seed("BB")
    sealed = sealing.seal_body(batch, sealing.public_of(seed), header.info())
    raw = an_envelope(sealed, lane=Lane.FLASH, mode=Mode.EXERCISE)
    yield (
        "good-sealed.json",
        "items sealed to one HPKE key",
        raw,
        {
            "body": bodies.as_json(batch),
            "digest": envelope.digest(raw),
            "hpke_seed": seed.hex(),
        },
    )
    yield (
        "bad-sealed-elsewhere.json",
        "a sealed body moved to another number",
        an_envelope(sealed, lane=Lane.FLASH, mode=Mode.EXERCISE, sequence=2),
        bad("Refused", "does not open", hpke_seed=seed.hex()),
    )
    yield (
        "bad-recipient.json",
        "for somebody else",
        an_envelope(batch, to="CC"),
        bad("Refused", "is for CC, not for BB"),
    )
    yield from outside(good, kind, A, B)
    table = bodies.as_json(batch)
    deep: Any = []
    for _ in range(9):
        deep = [deep]
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "sequence-zero": ({"sequence": 0}, "at least 1"),
        "sequence-as-text": ({"sequence": "1"}, "whole number"),
        "an-unversioned-agreement": ({"agreement": "AA-BB"}, "an agreement and a version"),
        "version-zero": ({"agreement": "AA-BB@0"}, "an agreement and a version"),
        "version-with-a-zero": ({"agreement": "AA-BB@01"}, "an agreement and a version"),
        "an-unknown-lane": ({"lane": "URGENT"}, "one of FLASH, IMMEDIATE, PRIORITY, ROUTINE"),
        "an-unknown-mode": ({"mode": "drill"}, "one of actual, exercise, test"),
        "previous-in-capitals": ({"previous": "AB" * 32}, "lower-case hex"),
        "an-unknown-body": ({"body": {"kind": "advert"}}, "kind we do not know"),
        "a-note-without-end": ({"checkpoint": "x"}, "ending in a newline"),
        "an-item-twice": ({"body": table | {"items": [*table["items"], table["items"][0]]}}, "same handle"),
        "a-label-of-no-item": ({"body": table | {"labels": [*table["labels"], [{"origin": "CC"}]]}}, "each label once"),
        "a-statement-of-no-item": ({"body": table | {"statements": table["statements"] * 2}}, "every statement have"),
        "an-unknown-label-axis": ({"body": table | {"labels": [[{"origin": "AA", "x": 1}]]}}, "axis we do not know"),
        "no-items": ({"body": {"kind": "items", "statements": [], "labels": [], "items": []}}, "at least one"),
        "no-notices": ({"body": {"kind": "notices", "documents": []}}, "1 to 100"),
        "a-notice-twice": ({"body": {"kind": "notices", "documents": ["{}", "{}"]}}, "each once"),
        "a-notice-that-is-no-text": ({"body": {"kind": "notices", "documents": [{}]}}, "must be texts"),
        "a-void-in-prose": ({"body": {"kind": "void", "reason": "It was secret"}}, "not a code"),
        "too-deep": ({"body": deep}, "nested too deeply"),
    }
    yield from payloads(good, kind, A, changes)


def receipts() -> Iterator[Minted]:
    answered = received(a_batch())
    assert isinstance(answered.body, Items)
    verdicts = [ItemVerdict(item.handle, ItemAnswer.ACCEPTED) for item in answered.body.items]
    verdicts[1] = ItemVerdict(verdicts[1].handle, ItemAnswer.QUARANTINED, "unknown-marking")
    verdicts[2] = ItemVerdict(verdicts[2].handle, ItemAnswer.DUPLICATE, "held-already")
    accepted = receipt.accepted(answered, tuple(verdicts), NOW, leaf=12)
    good = receipt.seal(accepted, B)
    yield (
        "good-accepted.json",
        "accepted, two items not simply",
        good,
        {
            "verdict": "accepted",
            "items": [item.as_json() for item in verdicts],
        },
    )
    noted = receipt.seal(replace(accepted, checkpoint=NOTE, cosigned=NOTE), B)
    yield (
        "good-noted.json",
        "with both notes",
        noted,
        {
            "verdict": "accepted",
            "items": [item.as_json() for item in verdicts],
        },
    )
    refused = receipt.seal(receipt.refused(answered, "agreement-suspended", NOW), B)
    yield "good-refused.json", "refused as a whole", refused, {"verdict": "refused", "items": []}
    yield (
        "bad-recipient.json",
        "for somebody else",
        receipt.seal(replace(accepted, to="CC"), B),
        bad("Refused", "is for CC, not for AA"),
    )
    yield from outside(good, receipt.PAYLOAD_TYPE, B, A)
    entry = payload_of(good)["items"][0]
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "accepted-with-a-code": ({"code": "x"}, "exactly where it refuses"),
        "refused-without-a-code": ({"verdict": "refused", "items": []}, "exactly where it refuses"),
        "refused-with-items": ({"verdict": "refused", "code": "x"}, "judges no items"),
        "an-unknown-verdict": ({"verdict": "perhaps"}, "one of accepted, refused"),
        "an-unknown-item-verdict": ({"items": [entry | {"verdict": "perhaps"}]}, "one of accepted, quarantined"),
        "an-item-accepted-with-a-code": ({"items": [entry | {"code": "x"}]}, "not simply accepted"),
        "an-item-refused-without-a-code": ({"items": [entry | {"verdict": "refused"}]}, "not simply accepted"),
        "a-negative-leaf": ({"leaf": -1}, "at least 0"),
        "a-short-digest": ({"envelope": "ab"}, "32 bytes"),
    }
    yield from payloads(good, receipt.PAYLOAD_TYPE, B, changes)


def cards_with_certificates(kind: str) -> Iterator[Minted]:
    pins = ("0f" * 32, "1e" * 32)
    pinned = contact.seal(a_card(tls=pins), A)
    shown = {"read": "card", "words": a_card().words, "tls": list(pins)}
    yield "good-card-tls.json", "a card with two pins", pinned, shown
    with TemporaryDirectory() as folder:
        certificates.make(Path(folder) / "tls", "AA", (), NOW)
        (authority,) = certificates.authorities(Path(folder) / "tls" / certificates.AUTHORITY)
        (leaf,) = certificates.authorities(Path(folder) / "tls" / certificates.NODE)
    whole = contact.seal(a_card(tls=pins[:1], tls_authorities=(authority,)), A)
    shown = {"read": "card", "words": a_card().words, "tls": list(pins[:1])}
    yield "good-card-tls-authority.json", "a card with a pin and its authority", whole, shown
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "no-pins": ({"tls": []}, "1 to 4 different SHA-256"),
        "a-pin-twice": ({"tls": [pins[0], pins[0]]}, "1 to 4 different SHA-256"),
        "a-short-pin": ({"tls": [pins[0][:-2]]}, "1 to 4 different SHA-256"),
        "a-pin-in-capitals": ({"tls": [pins[0].upper()]}, "1 to 4 different SHA-256"),
        "too-many-pins": ({"tls": [f"{n:064x}" for n in range(5)]}, "at most 4"),
        "an-authority-that-is-none": (
            {"tls_authorities": [b64encode(leaf).decode()]},
            "not the certificate of an authority",
        ),
        "an-authority-of-rubbish": ({"tls_authorities": ["AAAA"]}, "no certificate"),
    }
    for file, about, raw, entry in payloads(pinned, kind, A, changes):
        yield file, about, raw, entry | {"read": "card"}
    alone = {"an-authority-without-a-pin": ({"tls_authorities": [b64encode(authority).decode()]}, "stand beside pins")}
    for file, about, raw, entry in payloads(contact.seal(a_card(), A), kind, A, alone):
        yield file, about, raw, entry | {"read": "card"}


def contacts() -> Iterator[Minted]:
    kind, second = contact.PAYLOAD_TYPE, signer("AA second")
    good = contact.seal(a_card(), A)
    yield "good-card.json", "a card", good, {"read": "card", "words": a_card().words}
    rolled = rollover.seal(a_key_statement(), A, second)
    yield "good-key.json", "a key statement", rolled, {"read": "key", "kids": [A.public.kid, second.public.kid]}
    yield (
        "bad-other-key.json",
        "signed by another key than it shows",
        signed(kind, payload_of(good), B),
        bad("Refused", "not one known party's", read="card"),
    )
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "half-a-key": ({"key": {"ed25519": a_card().key.as_json()["ed25519"]}}, "exactly the two halves"),
        "a-short-hpke-key": ({"hpke": "AAAA"}, "not an HPKE public key"),
        "an-address-to-a-file": ({"addresses": ["file:///etc"]}, "an http or https URL"),
        "no-name": ({"name": {}}, "1 to 16 languages"),
        "a-name-on-two-lines": ({"name": {"en": "A\nB"}}, "one line"),
        "an-unknown-member": ({"note": 1}, "member we do not know"),
    }
    for file, about, raw, entry in payloads(good, kind, A, changes):
        yield file, about, raw, entry | {"read": "card"}
    yield from cards_with_certificates(kind)
    payload = dsse.parse(rolled).payload
    for name, signers, says in (
        ("old-alone", [A], "new key"),
        ("new-alone", [second], "old key"),
        ("a-third", [A, second, B], "by no other"),
    ):
        about = f"a key statement signed by {name.replace('-', ' ')}"
        yield (
            f"bad-key-{name}.json",
            about,
            signed(rollover.PAYLOAD_TYPE, payload, *signers),
            bad("Refused", says, read="key"),
        )
    reversed_ = payload_of(rolled) | {"overlap_until": "2027-03-02T09:00:00Z"}
    yield (
        "bad-key-no-overlap.json",
        "no overlap",
        signed(rollover.PAYLOAD_TYPE, reversed_, A, second),
        bad("Malformed", "end its overlap after", read="key"),
    )


def pulls() -> Iterator[Minted]:
    good = pull.seal(a_pull(), B)
    yield "good-pull.json", "a pull", good, {"after": 41}
    yield (
        "bad-recipient.json",
        "for somebody else",
        pull.seal(a_pull(to="CC"), B),
        bad("Refused", "is for CC, not for AA"),
    )
    for name, at in (("stale", "2027-03-02T08:54:59Z"), ("ahead", "2027-03-02T09:05:01Z")):
        raw = signed(pull.PAYLOAD_TYPE, payload_of(good) | {"at": at}, B)
        yield f"bad-{name}.json", "beyond five minutes", raw, bad("Refused", "further than")
    yield from outside(good, pull.PAYLOAD_TYPE, B, A)
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "a-short-nonce": ({"nonce": "ab"}, "16 bytes"),
        "a-negative-number": ({"after": -1}, "at least 0"),
        "a-versioned-agreement": ({"agreement": "AA-BB@1"}, "not a name"),
    }
    yield from payloads(good, pull.PAYLOAD_TYPE, B, changes)
    page = pull.write_page([an_envelope(Void("x")), an_envelope(Void("y"), sequence=2)])
    yield "good-page.ndjson", "a page of two envelopes", page, {"envelopes": 2}
    yield "bad-page-cut.ndjson", "a page cut short", page[:-1], bad("Malformed", "cut short")
    yield "bad-page-empty-line.ndjson", "an empty line", page + b"\n", bad("Malformed", "no envelope")


def asks() -> Iterator[Minted]:
    good = reconcile.seal(an_ask(), B)
    yield "good-ask.json", "the asked party's own envelopes", good, {"of": "AA"}
    yield "good-own.json", "the asker's own envelopes", reconcile.seal(an_ask(of="BB"), B), {"of": "BB"}
    yield (
        "bad-recipient.json",
        "for somebody else",
        reconcile.seal(an_ask(to="CC", of="BB"), B),
        bad("Refused", "is for CC, not for AA"),
    )
    for name, at in (("stale", "2027-03-02T08:54:59Z"), ("ahead", "2027-03-02T09:05:01Z")):
        raw = signed(reconcile.PAYLOAD_TYPE, payload_of(good) | {"at": at}, B)
        yield f"bad-{name}.json", "beyond five minutes", raw, bad("Refused", "further than")
    yield from outside(good, reconcile.PAYLOAD_TYPE, B, A)
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "a-short-nonce": ({"nonce": "ab"}, "16 bytes"),
        "a-negative-number": ({"after": -1}, "at least 0"),
        "a-third-party": ({"of": "CC"}, "of one of its two parties"),
    }
    yield from payloads(good, reconcile.PAYLOAD_TYPE, B, changes)
    first, second = an_envelope(Void("x")), an_envelope(Void("y"), sequence=2)
    opened = bodies.Sealed("ab" * 16, b"for the asker alone")
    page = reconcile.write_page(Page(NOTE, None, (Held(first, b"{}", opened), Held(second))))
    yield "good-page.ndjson", "a page of two envelopes", page, {"envelopes": 2, "receipts": 1, "opened": 1}
    yield "good-page-empty.ndjson", "no more", reconcile.write_page(Page(None, None, ())), {"envelopes": 0}
    yield "bad-page-cut.ndjson", "a page cut short", page[:-1], bad("Malformed", "cut short")
    yield "bad-page-headless.ndjson", "no line for the notes", page.split(b"\n", 1)[1], bad("Malformed", "the page")
    clear = page.replace(b'"kind":"sealed"', b'"kind":"void"')
    yield "bad-page-opened.ndjson", "what was opened is not sealed", clear, bad("Malformed", "void")
    more = page.replace(b'{"envelope"', b'{"note":"","envelope"', 1)
    yield "bad-page-member.ndjson", "a member that we do not know", more, bad("Malformed", "do not know")


def notices() -> Iterator[Minted]:
    kind = notice.PAYLOAD_TYPE
    good = notice.seal(a_notice(), A)
    told = {"kind": "agreement-event", "id": a_notice().id, "made": "2027-03-02T09:00:00Z", "body": a_notice().body}
    yield "good-notice.json", "an event of an agreement", good, told
    unknown = notice.seal(a_notice(kind="kind-of-tomorrow", body={}), A)
    yield "good-kind-of-tomorrow.json", "well signed; whether its kind is known is told in the receipt", unknown, {}
    yield from outside(good, kind, A, B, "made")
    deep: Any = {}
    for _ in range(8):
        deep = {"in": deep}
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "an-id-that-is-none": ({"id": "17"}, "not a handle"),
        "a-kind-in-prose": ({"kind": "We leave"}, "not a code"),
        "a-body-that-is-a-list": ({"body": []}, "must be an object"),
        "a-body-too-deep": ({"body": deep}, "nested too deeply"),
        "an-unversioned-agreement": ({"agreement": "AA-BB"}, "an agreement and a version"),
        "an-unknown-mode": ({"mode": "drill"}, "one of actual, exercise, test"),
    }
    yield from payloads(good, kind, A, changes)


FORMATS: dict[str, Callable[[], Iterator[Minted]]] = {
    "statement": statements,
    "envelope": envelopes,
    "receipt": receipts,
    "contact": contacts,
    "pull": pulls,
    "reconcile": asks,
    "notice": notices,
    "discharge": discharges,
}


def main() -> None:
    for name, minted in FORMATS.items():
        folder = VECTORS / name
        folder.mkdir(parents=True, exist_ok=True)
        index_file = folder / "index.json"
        index = json.loads(index_file.read_bytes()) if index_file.exists() else []
        known = {entry["file"] for entry in index}
        for file, about, raw, more in minted():
            if file not in known:
                (folder / file).write_bytes(raw)
                index.append({"file": file, "about": about, **more})
        strictjson.parse(json.dumps(index).encode())
        index_file.write_text(json.dumps(index, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
