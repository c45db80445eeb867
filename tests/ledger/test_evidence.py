"""A folder of evidence is verified whole or its faults are named: one altered byte anywhere names its file."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from comity.agreement.instrument import Agreement
from comity.core.errors import Refused
from comity.ledger import leaf
from comity.ledger.evidence import Readers, Report, Sent, verify_evidence
from comity.ledger.fsck import Fault
from comity.ledger.logcopy import write_log
from tests.ledger import scene
from tests.ledger.scene import READERS, Journey, checkpoint, journey, origin

JOURNEY = journey()
FILES = JOURNEY.files()
Change = Callable[[dict[str, bytes]], None]


def check(files: dict[str, bytes]) -> Report:
    return verify_evidence(files, READERS)


def changed(change: Change, journey: Journey = JOURNEY) -> Report:
    files = journey.files()
    change(files)
    return check(files)


def test_what_nobody_touched_is_verified() -> None:
    report = check(FILES)
    assert report.faults == ()
    assert report.verified
    assert (report.envelopes, report.receipts, report.unread) == (3, 3, 0)
    assert [(log.party, log.log, log.size) for log in report.logs] == [
        ("AL", origin("AL"), 5),
        ("BO", origin("BO"), 3),
    ]


def test_the_layout() -> None:
    assert sorted(FILES) == [
        "agreement.dsse.json",
        "envelopes/AL/ROUTINE-1-1.dsse.json",
        "envelopes/AL/ROUTINE-1-2.dsse.json",
        "envelopes/BO/FLASH-1-1.dsse.json",
        *(
            f"logs/{party}/{name}"
            for party, size in (("AL", 5), ("BO", 3))
            for name in ("checkpoint", "entries.ndjson", f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}")
        ),
        "receipts/AL/ROUTINE-1-1.dsse.json",
        "receipts/AL/ROUTINE-1-2.dsse.json",
        "receipts/BO/FLASH-1-1.dsse.json",
    ]


def names(report: Report, path: str) -> bool:
    return any(fault.where == path or fault.where.startswith(path + " line ") for fault in report.faults)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(FILES))
def test_one_altered_byte_names_its_file(path: str) -> None:
    """Every byte of the small files, and of the large (with post-quantum signatures) one in thirteen."""
    envelope = cache(lambda raw: READERS.envelope(raw, scene.AGREEMENT))
    receipt = cache(lambda raw: READERS.receipt(raw, scene.AGREEMENT))
    readers = Readers(cache(READERS.agreement), lambda raw, _: envelope(raw), lambda raw, _: receipt(raw))
    raw = FILES[path]
    for position in range(0, len(raw), 13 if len(raw) > 2000 else 1):
        altered = raw[:position] + bytes([raw[position] ^ 1 << position % 8]) + raw[position + 1 :]
        report = verify_evidence(FILES | {path: altered}, readers)
        assert not report.verified, f"{path}: byte {position} was altered and nobody noticed"
        blamed = {fault.where.split(" line ")[0] for fault in report.faults}
        assert blamed == {path}, f"{path}: byte {position} was altered, but {report.faults} was blamed"


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_file_taken_out_or_cut_is_named(path: str) -> None:
    for files in (
        {name: raw for name, raw in FILES.items() if name != path},
        FILES | {path: FILES[path][:-1]},
        FILES | {path: FILES[path] + b"\n"},
        FILES | {path: b""},
    ):
        report = check(files)
        assert not report.verified
        pair = path.replace("receipts/", "envelopes/")
        assert names(report, path) or (path not in files and any(pair in f.where + f.what for f in report.faults))


@pytest.mark.parametrize(
    "path",
    ["README", "logs/AL/extra", "logs/CE/checkpoint", "envelopes/x", "receipts/AL/x", "../x", "logs/AL/tile/9/000"],
)
def test_a_file_put_in_is_named(path: str) -> None:
    assert names(check(FILES | {path: b"x"}), path)


def move(source: str, target: str) -> Change:
    def change(files: dict[str, bytes]) -> None:
        files[target] = files[source]

    return change


def replace_leaf(party: str, position: int, new: bytes) -> Change:
    """The owner rewrites its history and signs it again; the other side does, too."""

    def change(files: dict[str, bytes]) -> None:
        leaves = list(JOURNEY.logs[party])
        leaves[position] = new
        files |= write_log(party, checkpoint(party, leaves), leaves)

    return change


FORGED = {
    "an envelope under another number": (
        move("envelopes/AL/ROUTINE-1-1.dsse.json", "envelopes/AL/ROUTINE-1-3.dsse.json"),
        Fault("envelopes/AL/ROUTINE-1-3.dsse.json", "it is number 1-1 of AL's lane ROUTINE"),
    ),
    "an envelope of the other side": (
        move("envelopes/AL/ROUTINE-1-1.dsse.json", "envelopes/BO/ROUTINE-1-1.dsse.json"),
        Fault("envelopes/BO/ROUTINE-1-1.dsse.json", "it is number 1-1 of AL's lane ROUTINE"),
    ),
    "another's receipt": (
        move("receipts/AL/ROUTINE-1-1.dsse.json", "receipts/AL/ROUTINE-1-2.dsse.json"),
        Fault("receipts/AL/ROUTINE-1-2.dsse.json", "it answers another envelope than the one of its name"),
    ),
    "the other log's checkpoint": (
        move("logs/BO/checkpoint", "logs/AL/checkpoint"),
        Fault("logs/AL/checkpoint", "this is a checkpoint of another log: comity/AL-BO/BO/main"),
    ),
    "a leaf that both rewrote": (
        replace_leaf("AL", 1, leaf.write(scene.released(1, 9))),
        Fault("envelopes/AL/ROUTINE-1-1.dsse.json", "this is not what the other file says of one leaf"),
    ),
    "a withdrawn leaf that both rewrote": (
        replace_leaf("AL", 3, leaf.write(scene.released(2, 9))),
        Fault("envelopes/AL/ROUTINE-1-2.dsse.json", "this is not what the other file says of one leaf"),
    ),
    "a release nobody sent": (
        replace_leaf("AL", 3, leaf.write(scene.released(7, 0))),
        Fault("logs/AL/entries.ndjson line 4", "its envelope is not here: envelopes/AL/ROUTINE-1-7.dsse.json"),
    ),
    "a release under a number that carried others": (
        replace_leaf("AL", 3, leaf.write(scene.released(1, 3))),
        Fault("logs/AL/entries.ndjson line 4", "its envelope does not carry it: envelopes/AL/ROUTINE-1-1.dsse.json"),
    ),
    "an answer that both rewrote": (
        replace_leaf("BO", 0, leaf.write(leaf.Received("0" * 64, "ROUTINE", 1, 1, "accepted"))),
        Fault("logs/BO/entries.ndjson line 1", "the envelope of that number has another digest"),
    ),
    "an answer to nothing": (
        replace_leaf("BO", 0, leaf.write(leaf.Received("0" * 64, "PRIORITY", 1, 1, "accepted"))),
        Fault("logs/BO/entries.ndjson line 1", "the envelope it speaks of is not here"),
    ),
    "a leaf of a private log": (
        replace_leaf("BO", 0, leaf.write(leaf.Followed(0, 1, 1, "0" * 64))),
        Fault("logs/BO/entries.ndjson line 1", "a leaf of this kind does not belong in a partner log"),
    ),
}


@pytest.mark.parametrize("case", FORGED)
def test_what_both_signed_must_still_fit_together(case: str) -> None:
    change, fault = FORGED[case]
    assert fault in changed(change).faults


def test_a_checkpoint_of_one_side_only_is_not_enough() -> None:
    files = FILES | {"logs/AL/checkpoint": checkpoint("AL", JOURNEY.logs["AL"], cosigned=False)}
    assert Fault("logs/AL/checkpoint", "the checkpoint lacks the signature of BO") in check(files).faults


def test_logs_of_two_stores_do_not_belong_together() -> None:
    files = FILES | {"logs/AL/checkpoint": checkpoint("AL", JOURNEY.logs["AL"], store="flash")}
    assert [fault.where for fault in check(files).faults] == ["logs"]


def test_an_envelope_without_a_receipt_is_named() -> None:
    report = check({path: raw for path, raw in FILES.items() if path != "receipts/AL/ROUTINE-1-1.dsse.json"})
    assert report.faults == (Fault("envelopes/AL/ROUTINE-1-1.dsse.json", "no receipt answers it"),)


def test_nobody_gives_itself_a_receipt() -> None:
    made = Journey()
    made.send("AL", "ROUTINE", 1, 1)
    crossing = made.crossings[0]
    digest = scene.open_envelope(crossing.envelope, scene.AGREEMENT).digest
    own = scene.seal(
        scene.RECEIPT_TYPE, [scene.SIGNERS["AL"]], **{"from": "AL"}, envelope=digest, verdict="accepted", leaf=None
    )
    files = made.files() | {"receipts/AL/ROUTINE-1-1.dsse.json": own}
    assert [fault.what for fault in check(files).faults] == ["AL cannot give itself a receipt"]


def test_a_refused_envelope_is_evidence_too() -> None:
    made = Journey()
    made.send("AL", "ROUTINE", 1, 2, verdict="refused")
    assert check(made.files()).verified


def test_leaves_newer_than_the_checkpoint_stand_on_envelopes_and_receipts() -> None:
    made = Journey()
    made.send("AL", "ROUTINE", 1, 2)
    made.send("AL", "ROUTINE", 2, 2)
    files = made.files(newer=1)
    assert check(files).verified
    entries = files["logs/AL/entries.ndjson"]
    added = entries + leaf.write(leaf.Event("suspended", "0" * 64)) + b"\n"
    report = check(files | {"logs/AL/entries.ndjson": added})
    assert [fault.where for fault in report.faults] == ["logs/AL/entries.ndjson line 5"]
    altered = entries.replace(b'"position":1,"sequence":2', b'"position":2,"sequence":2')
    assert names(check(files | {"logs/AL/entries.ndjson": altered}), "logs/AL/entries.ndjson")


@pytest.mark.parametrize(("position", "said"), [(4, "no void here tells so"), (3, "is lost, and stands at 4")])
def test_a_leaf_is_lost_only_where_a_void_says_so_and_at_its_own_place(position: int, said: str) -> None:
    made = Journey()
    made.send("AL", "ROUTINE", 1, 2)
    made.send("AL", "ROUTINE", 2, 2)
    files = made.files()
    added = files["logs/AL/entries.ndjson"] + leaf.write(leaf.Lost(position)) + b"\n"
    report = check(files | {"logs/AL/entries.ndjson": added})
    assert any(said in fault.what for fault in report.faults)


def test_what_is_sealed_to_another_reader_is_counted() -> None:
    made = Journey()
    made.send("AL", "ROUTINE", 1, 2, sealed=True)
    report = check(made.files())
    assert report.verified
    assert report.unread == 1


def test_a_digest_is_that_of_the_file() -> None:
    def other(raw: bytes, agreement: Agreement) -> Sent:
        return replace(READERS.envelope(raw, agreement), digest="0" * 64)

    faults = verify_evidence(FILES, Readers(READERS.agreement, other, READERS.receipt)).faults
    assert Fault("envelopes/BO/FLASH-1-1.dsse.json", "its digest is not that of its bytes") in faults


def test_without_an_agreement_nothing_is_checked() -> None:
    def stranger(raw: bytes) -> Agreement:
        raise Refused("these are not the keys we know")

    report = verify_evidence(FILES, Readers(stranger, READERS.envelope, READERS.receipt))
    assert report.faults == (
        Fault("agreement.dsse.json", "these are not the keys we know"),
        Fault("agreement.dsse.json", "without it nothing else can be checked"),
    )
    assert not verify_evidence({}, READERS).verified


def test_an_agreement_of_one_checks_nobody() -> None:
    alone = scene.agreement_of({})
    report = verify_evidence({"agreement.dsse.json": b""}, Readers(lambda _: alone, READERS.envelope, READERS.receipt))
    assert not report.verified


def test_an_envelope_speaks_of_its_own_leaves_and_of_those_it_closes() -> None:
    """From the first to the last, and of none beside them."""
    void = Sent("AA", "ROUTINE", 1, 3, "d", leaf_from=5, leaves=(b"a", b"b"), closed_from=9, closed=(b"c",))
    assert [n for n in range(12) if void.speaks_of(n)] == sorted(void.places) == [5, 6, 9]
    sealed = Sent("AA", "ROUTINE", 1, 3, "d", leaf_from=5, leaves=None)
    assert not any(sealed.speaks_of(n) for n in range(12))
