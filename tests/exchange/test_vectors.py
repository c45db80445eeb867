"""Each golden vector is read as its index says: the good ones to the value, the bad ones to the error and its words."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity.core import errors, instants
from comity.exchange import body as bodies
from comity.exchange import (
    contact,
    discharge,
    envelope,
    notice,
    pull,
    receipt,
    reconcile,
    rollover,
    sealing,
    statement,
)
from comity.exchange.body import Sealed
from comity.exchange.statement import Item
from comity.labels.label import Label
from tests.exchange.mint import FORMATS, VECTORS
from tests.exchange.scene import KEYS, NOW, SKEW
from tests.keys import signer

Entry = dict[str, Any]
ERRORS = {"Malformed": errors.Malformed, "Refused": errors.Refused}


def read_statement(raw: bytes, entry: Entry) -> Entry:
    statement.verify_statement(raw, KEYS)
    labels = [Label.from_json(label) for label in entry["labels"]]
    items = [Item.from_json(item, labels) for item in entry["items"]]
    return {"codes": list(statement.verify_items([raw], items, KEYS))}


def read_envelope(raw: bytes, entry: Entry) -> Entry:
    opened = envelope.unseal(raw, "BB", KEYS)
    body = opened.body
    if isinstance(body, Sealed) and "hpke_seed" in entry:
        body = sealing.open_body(body, sealing.opener(bytes.fromhex(entry["hpke_seed"])), opened.header.info())
    noted = {} if opened.checkpoint is None else {"checkpoint": opened.checkpoint}
    return {"body": bodies.as_json(body), "digest": opened.digest, **noted}


def read_receipt(raw: bytes, entry: Entry) -> Entry:
    read = receipt.unseal(raw, "AA", KEYS)
    return {"verdict": read.verdict.value, "items": [item.as_json() for item in read.items]}


def read_contact(raw: bytes, entry: Entry) -> Entry:
    if entry["read"] == "card":
        card = contact.unseal(raw)
        return {"words": card.words, **({"tls": list(card.tls)} if card.tls else {})}
    read = rollover.unseal(raw, "AA", signer("AA").public)
    return {"kids": list(read.valid(NOW))}


def read_pull(raw: bytes, entry: Entry) -> Entry:
    if entry["file"].endswith(".ndjson"):
        page = pull.read_page(raw)
        assert all(envelope.unseal(line, "BB", KEYS) for line in page)
        return {"envelopes": len(page)}
    return {"after": pull.unseal(raw, "AA", KEYS, NOW, SKEW).after}


def read_reconcile(raw: bytes, entry: Entry) -> Entry:
    if entry["file"].endswith(".ndjson"):
        held = reconcile.read_page(raw).held
        assert all(envelope.unseal(one.envelope, "BB", KEYS) for one in held)
        answered = sum(one.receipt is not None for one in held)
        counts = {"receipts": answered, "opened": sum(one.opened is not None for one in held)}
        return {"envelopes": len(held)} | {name: count for name, count in counts.items() if count}
    return {"of": reconcile.unseal(raw, "AA", KEYS, NOW, SKEW).of}


def read_notice(raw: bytes, entry: Entry) -> Entry:
    read = notice.unseal(raw, KEYS)
    told = {"kind": read.kind, "id": read.id, "made": instants.text(read.made), "body": read.body}
    return told if "kind" in entry else {}


def read_discharge(raw: bytes, entry: Entry) -> Entry:
    said = discharge.unseal(raw, KEYS)
    return {"by": said.by, "kind": said.kind}


READERS: dict[str, Callable[[bytes, Entry], Entry]] = {
    "statement": read_statement,
    "envelope": read_envelope,
    "receipt": read_receipt,
    "contact": read_contact,
    "pull": read_pull,
    "reconcile": read_reconcile,
    "notice": read_notice,
    "discharge": read_discharge,
}


def vectors() -> list[tuple[Path, Entry]]:
    folders = [VECTORS / name for name in FORMATS]
    return [(folder, entry) for folder in folders for entry in json.loads((folder / "index.json").read_bytes())]


@pytest.mark.parametrize(("folder", "entry"), [pytest.param(f, e, id=f"{f.name}/{e['file']}") for f, e in vectors()])
def test_a_vector_is_read_as_its_index_says(folder: Path, entry: Entry) -> None:
    raw = (folder / entry["file"]).read_bytes()
    if "error" in entry:
        with pytest.raises(ERRORS[entry["error"]]) as caught:
            READERS[folder.name](raw, entry)
        assert entry["phrase"] in str(caught.value)
    else:
        read = READERS[folder.name](raw, entry)
        assert read == {name: entry.get(name) for name in read}


@pytest.mark.parametrize("name", FORMATS)
def test_the_index_names_every_file_and_each_format_has_good_and_bad(name: str) -> None:
    files = [entry["file"] for folder, entry in vectors() if folder.name == name]
    assert sorted(files) == sorted(path.name for path in (VECTORS / name).iterdir() if path.name != "index.json")
    assert {file.partition("-")[0] for file in files} == {"good", "bad"}
