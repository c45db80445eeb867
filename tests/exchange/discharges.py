"""Discharges for the golden vectors: good ones, and each way in which one can be wrong."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from comity.agreement.instrument import AgreementRef
from comity.exchange import discharge
from comity.exchange.discharge import Discharge
from tests.exchange.forging import A, B, Minted, outside, payloads
from tests.exchange.scene import NOW, payload_of


def discharges() -> Iterator[Minted]:
    said = Discharge(
        agreement=AgreementRef("AA-BB", 1),
        duty="0f" * 16,
        owes="report-findings",
        article="agreement:11(1)@1",
        kind="report",
        by="AA",
        at=NOW,
        document="ab" * 32,
        salt=bytes(16),
        size=1234,
    )
    good = discharge.seal(said, A)
    yield "good-report.json", "a report", good, {"by": "AA", "kind": "report"}
    listed = replace(said, owes="destruction-certificate", kind="certificate", handles=("1a" * 16, "2b" * 16))
    yield "good-certificate.json", "of two things", discharge.seal(listed, A), {"by": "AA", "kind": "certificate"}
    yield from outside(good, discharge.PAYLOAD_TYPE, A, B)
    document = payload_of(good)["document"]
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "an-unknown-kind": ({"kind": "promise"}, "no kind we know"),
        "a-kind-that-is-a-list": ({"kind": ["receipt"]}, "no kind we know"),
        "a-short-duty": ({"duty": "0f"}, "not a handle"),
        "a-short-digest": ({"document": document | {"digest": "ab"}}, "32 bytes"),
        "a-short-salt": ({"document": document | {"salt": "ab"}}, "16 bytes"),
        "an-empty-document": ({"document": document | {"bytes": 0}}, "at least 1"),
        "no-handles": ({"handles": []}, "at least one"),
        "a-handle-twice": ({"handles": ["1a" * 16] * 2}, "each thing once"),
        "an-unversioned-agreement": ({"agreement": "AA-BB"}, "an agreement and a version"),
    }
    yield from payloads(good, discharge.PAYLOAD_TYPE, A, changes)
