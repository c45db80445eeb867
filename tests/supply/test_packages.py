"""What Comity needs is what the lock says, under licences it may be used with, and listed for whoever asks."""

import json
import re

import pytest
from supply.audit import UNREACHABLE, verdict
from supply.bill import bill
from supply.licences import PAGE, page
from supply.packages import LOCK, ROOT, packages

FOUND = packages()
GPL = re.compile(r"(?<!L)GPL|(?<!Lesser )General Public", re.IGNORECASE)
ROW = re.compile(r"^\| ([a-z0-9.-]+) \| (\S+) \| (.+) \| (runtime|development) \|$", re.MULTILINE)


def test_every_package_of_the_lock_has_hashes_and_a_licence() -> None:
    assert len(FOUND) > 40
    assert [one.name for one in FOUND if not one.hashes or not one.licence] == []
    assert len(FOUND) == len(re.findall(r"^[a-z0-9].*==", LOCK.read_text("utf-8"), re.MULTILINE))


def test_the_page_of_licences_is_that_of_the_lock() -> None:
    """If not: `make licences`."""
    listed = {(name, version) for name, version, _, _ in ROW.findall(PAGE.read_text("utf-8"))}
    assert listed == {(one.name, one.version) for one in FOUND}
    assert PAGE.read_text("utf-8") == page(FOUND)


def test_no_runtime_dependency_is_under_the_gpl() -> None:
    """LGPL is for unmodified libraries only, and then stands in the NOTICE (psycopg)."""
    runtime = {one.name: one.licence for one in FOUND if one.use == "runtime"}
    assert {"structlog", "prometheus-client", "sqlalchemy", "uvloop"} <= set(runtime)
    assert not {"pytest", "pip-audit", "hatchling"} & set(runtime)
    assert {name: words for name, words in runtime.items() if GPL.search(words)} == {}
    notice = (ROOT / "NOTICE").read_text("utf-8").lower()
    assert [name for name, words in runtime.items() if "LGPL" in words and name not in notice] == []


def test_the_bill_of_materials_is_the_lock_and_repeats() -> None:
    """CycloneDX; the same lock and commit give the same bytes."""
    text = bill(FOUND, b"lock", 1_800_000_000)
    assert text == bill(FOUND, b"lock", 1_800_000_000)
    document = json.loads(text)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert {(one["name"], one["version"]) for one in document["components"]} == {(p.name, p.version) for p in FOUND}
    assert all(one["licenses"] and one["hashes"] and one["purl"] for one in document["components"])
    needs = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}
    assert any(one.startswith("structlog@") for one in needs["comity"])


REPORT = {"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "version": "2", "vulns": []}]}
SKIPPED = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
WEAK = {"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-0000-1"}]}]}


@pytest.mark.parametrize(
    ("code", "report", "said", "exit_code", "words"),
    [
        (0, REPORT, "", 0, "no known weakness in 2 packages"),
        (0, SKIPPED, "", UNREACHABLE, "NOT audited: nothing could be learnt about 1 of 1 packages"),
        (1, WEAK, "", 1, "a 1: CVE-0000-1"),
        (1, None, "ConnectionError: no route", UNREACHABLE, "NOT audited: the data"),
        (1, None, "usage: wrong", 1, "usage: wrong"),
    ],
)
def test_what_was_not_audited_is_never_called_clean(
    code: int, report: object, said: str, exit_code: int, words: str
) -> None:
    found, sentence = verdict(code, "" if report is None else json.dumps(report), said)
    assert found == exit_code
    assert words in sentence
