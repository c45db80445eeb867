"""Every command's `--json` answer is one document that fits its schema in docs/json, and every schema is used."""

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from comity.acts import forks
from comity.exchange.lane import Lane
from comity.ledger.recovery import Fork, Side
from comity.records import RefusedRow
from comity.wiring import open_node
from tests.acts.policied import rule
from tests.cli.terminal import commands, typed
from tests.joined import NOW

ROOT = Path(__file__).parents[2]
SCHEMAS = {path.name.removesuffix(".schema.json"): json.loads(path.read_bytes()) for path in ROOT.glob("docs/json/*")}
NOT_HERE = {"demo", "error", "sandbox-taxii", "store-copy", "subscription-poll", "subscription-compare"}
"""What starts processes and what needs a PostgreSQL or a server have tests of their own; errors are tested below."""


class Desk:
    """Types commands with `--json` and holds every answer against its schema."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.used: set[str] = set()

    def __call__(self, line: str, code: int = 0) -> dict[str, Any]:
        said = typed(f"comity {line} --json", self.folder)
        assert said.code == code, said.text
        answer = json.loads(said.out)
        name = next(name for name in _names(line) if name in SCHEMAS)
        jsonschema_rs.validate(SCHEMAS[name], answer)
        self.used.add(name)
        assert isinstance(answer, dict)
        return answer


def _names(line: str) -> tuple[str, ...]:
    words = shlex.split(line)
    return "-".join(words[:3]), "-".join(words[:2]), words[0]


def test_every_command_has_a_schema_and_every_schema_a_command() -> None:
    named = {"-".join(path) for path in commands() if path != ("serve",)}
    assert named | {"error"} == set(SCHEMAS)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_is_one_and_leaves_nothing_open(name: str) -> None:
    jsonschema_rs.meta.validate(SCHEMAS[name])
    objects = [part for part in SCHEMAS[name].get("oneOf", [SCHEMAS[name]]) if part.get("type") == "object"]
    assert objects
    assert all(part["additionalProperties"] is False and part["required"] for part in objects)


@pytest.mark.slow
def test_every_answer_fits_its_schema(desk: Path) -> None:
    comity = Desk(desk)
    _meet_and_sign(comity)
    _write_rules(comity)
    _mandate_and_approve(comity)
    _offer(comity)
    _take_and_explain(comity)
    _ask_and_answer(comity)
    _tell_and_object(comity)
    _consent(comity)
    _ask_back(comity)
    _visit(comity)
    _check_the_books(comity)
    _refused(comity)
    _back_up_and_resolve(comity)
    assert comity.used == set(SCHEMAS) - NOT_HERE


def _meet_and_sign(comity: Desk) -> None:
    for party, data in (("IL", "il"), ("JP", "jp")):
        made = comity(f"init --data {data} --party {party} --name Fiction")
        assert made["party"] == party
        comity(f"contact export --data {data} -o {data}.contact")
    (pin,) = comity("init --data xx --party XX --tls --tls-name comity.xx.example")["tls"]
    assert comity("tls show --data xx")["certificate"]["pin"] == pin
    assert comity("tls renew --data xx")["certificate"]["pin"] == pin
    for other, data in (("il", "jp"), ("jp", "il")):
        card = comity(f"contact add --data {data} {other}.contact")
        comity(f"contact confirm --data {data} {card['party']} --words {card['words']}")
    assert [one["standing"] for one in comity("contact show --data il")["contacts"]] == ["own", "confirmed"]
    assert comity("agreement draft --id XX-YY --party XX=X --party YY=Y")["text"].startswith("# A draft")
    assert comity("agreement check israel-japan/agreement.yaml")["errors"] == 0
    assert comity("agreement show israel-japan/agreement.yaml")["state"] is None
    diff = comity("agreement diff israel-japan/agreement.yaml israel-japan/agreement.yaml")
    assert (diff["words"], diff["allows"], diff["bars"], diff["owes"]) == ([], [], [], [])
    comity("agreement sign --data il israel-japan/agreement.yaml -o signed")
    assert comity("agreement countersign --data jp signed -o both")["signed_by"] == ["IL", "JP"]
    for data in ("il", "jp"):
        assert comity(f"agreement import --data {data} both")["state"] == "in-force"
        comity(f"standing sign --data {data} israel-japan/standing-{data}.yaml")
    assert comity("agreement show --data il")["state"] == "in-force"
    assert comity("agreement status --data il")["agreements"][0]["partner"] == "JP"
    assert [one["id"] for one in comity("standing list --data il")["releases"]] == ["standing-il"]


def _write_rules(comity: Desk) -> None:
    assert "entity Record" in comity("policy schema")["schema"]
    (comity.folder / "il" / "policy" / "own.cedar").write_text(rule("top", "resource.level > 3"), "utf-8")
    assert [one["does"] for one in comity("policy check --data il")["rules"]] == ["bar"]
    assert comity("policy show --data il")["since"] is None
    case = {"name": "low", "to": "JP", "record": {"level": 1}, "says": ["top"]}
    (comity.folder / "policy.jsonl").write_text(json.dumps(case), "utf-8")
    assert comity("policy test --data il policy.jsonl", code=65)["never_spoke"] == ["top"]
    (comity.folder / "il" / "policy" / "own.cedar").unlink()


def _offer(comity: Desk) -> None:
    made = comity("collection add Threats --data il --organisation cert --alias threats --source mitre-attack")
    jp = comity("collection add 'For Japan' --data il --agreement IL-JP-FICTION")
    assert (jp["party"], made["audience"]["organisation"]) == ("JP", "cert")
    given = comity("collection credential add --data il --organisation cert --user siem --until 2090-01-01T00:00:00Z")
    assert len(bytes.fromhex(given["secret"])) == 32
    shown = comity(f"collection credential add --data il --party JP --certificate {'ab' * 32}")
    assert shown["secret"] is None
    assert [one["id"] for one in comity("collection credential list --data il")["credentials"]] == [
        given["id"],
        shown["id"],
    ]
    assert comity(f"collection credential revoke --data il {shown['id'][:8]}")["revoked"]
    assert [one["alias"] for one in comity("collection list --data il")["collections"]] == ["threats", None]
    assert comity(f"collection remove --data il {made['id']}")["removed"]


def _mandate_and_approve(comity: Desk) -> None:
    """In a copy of Israel's node, so that nothing of it crosses."""
    shutil.copytree(comity.folder / "il", comity.folder / "il3")
    own = comity.folder / "il3" / "policy" / "own.cedar"
    own.write_text(rule("chiefs", "true", refer="chief", people="2"), "utf-8")
    comity("take --data il3 israel-japan/reports/03-source.json --source own-intelligence")
    comity("outbox export --data il3 none")
    for who in ("dana", "ken", "duty --emergency"):
        given = comity(
            f"mandate grant --data il3 {who} --role chief --annex intelligence --level SECRET "
            "--until 2090-01-01T00:00:00Z --by noa"
        )
    end = "--until 2089-01-01T00:00:00Z"
    comity(f"mandate delegate --data il3 {given['id']} --to tal --annex intelligence {end} --by duty")
    [case] = comity("approvals --data il3")["waiting"]
    assert "text" in comity(f"approvals --data il3 --copy {case['case'][:12]}")
    assert comity(f"approve --data il3 {case['case']} --by dana")["missing"] == [{"role": "chief", "people": 1}]
    comity(f"approve --data il3 {case['case']} --emergency --reason 'no time to ask' --by duty")
    [made] = comity("approvals --data il3")["reviews"]
    assert comity(f"review --data il3 {made['release']} --finding 'within the mandate' --by ken")["owed"] is True
    comity("take --data il3 israel-japan/reports/02-tear-line.json --source own-intelligence")
    own.write_text(rule("chiefs", "true", refer="chief"), "utf-8")
    comity("outbox export --data il3 none")
    waiting = comity("approvals --data il3")["waiting"]
    comity(f"refuse --data il3 {waiting[0]['case']} --reason 'names a source' --by dana")
    assert comity("mandate revoke --data il3 --person duty --reason 'clearance withdrawn' --by noa")["ended"]
    assert {one["holds"] for one in comity("mandate list --data il3")["mandates"]} == {True, False}


def _take_and_explain(comity: Desk) -> None:
    for report in ("03-source", "06-named-recipients", "08-unmarked"):
        comity(f"take --data il israel-japan/reports/{report}.json --source own-intelligence")
    comity("collection add --data il Watch --alias watch --organisation watch --person dana")
    assert comity("find --data il 198.51.100.7 --by dana")["found"] == []
    assert comity("subscription list --data il")["subscriptions"] == []
    held = comity("quarantine list --data il")["records"][0]["record"]
    comity(f"quarantine show --data il {held}")
    label = json.dumps([{"origin": "IL", "tlp": "TLP:GREEN"}])
    comity(f"quarantine release --data il {held} --label '{label}' --why 'marked by its author'")
    assert comity("show --data il FDI-2027-0103")["state"] == "live"
    told = comity("explain --data il FDI-2027-0106 --to JP --lang he --html why.html")
    assert (told["outcome"], told["quoted"][0]["language"]) == ("deny", "he")
    assert 'dir="rtl"' in (comity.folder / "why.html").read_text("utf-8")
    assert comity("preview --data il FDI-2027-0106 --to JP", code=77)["text"] is None
    assert comity("preview --data il FDI-2027-0103 --to JP")["outcome"] == "sanitise"
    files = comity("outbox export --data il to-jp")["files"]
    assert len(files) == len(comity("outbox list --data il")["envelopes"]) == 1
    brought = comity("inbox import --data jp to-jp --receipts to-il")["files"]
    assert [one["kind"] for one in brought] == ["envelope"]
    comity("inbox import --data il to-il")
    assert len(comity("inbox list --data jp")["envelopes"]) == 1
    assert comity("explain --data il FDI-2027-0103 --to JP")["outcome"] == "released"
    assert comity("fetch --data jp", code=66)["agreements"][0]["fetched"] == 0


def _ask_and_answer(comity: Desk) -> None:
    comity("ask --data jp 'Which ports?' --of IL")
    comity("ask --data jp 'Which ships?' --of IL")
    _carry(comity, "jp", "il", "one")
    first, second = (one["id"] for one in comity("requests --data il")["requests"])
    owed = comity("duties --data il --mine --due --agreement IL-JP-FICTION"), comity("duties --data jp --theirs")
    assert [len(one["duties"]) for one in owed] == [0, 2]
    replies = {one["about"]: one["id"] for one in owed[1]["duties"]}
    assert comity(f"duties show --data il {replies[second]}")["article"] == "agreement:17(2)@1"
    (comity.folder / "letter").write_text("FICTIONAL. Not today.")
    comity(f"duties settle --data il {replies[second]} --evidence letter --as notice -o discharge")
    assert comity(f"duties settle --data jp {replies[second]} --evidence discharge")["state"] == "settled"
    answer = comity(f"answer --data il {first} --text 'None we know of.'")
    comity(f"decline --data il {second} --article '1(2)'")
    _carry(comity, "il", "jp", "two")
    assert {one["state"] for one in comity("requests --data jp")["requests"]} == {"answered", "declined"}
    assert comity("duties --data jp")["duties"] == []
    lost = comity(f"compromise report --data jp {answer['id']} --event loss --words 'A fictional laptop.'")
    assert [one["to"] for one in lost["cases"]] == ["IL"]
    _carry(comity, "jp", "il", "lost")
    assert comity("compromise list --data il")["cases"][0]["by"] == "JP"
    shown = comity(f"compromise show --data il {lost['cases'][0]['case']}")
    assert len(shown["duties"]) == 4
    _tell_what_it_was_worth(comity, answer["id"])


def _tell_what_it_was_worth(comity: Desk, answer: str) -> None:
    comity("take --data il israel-japan/threats.json --source own-cyber")
    _carry(comity, "il", "jp", "threats")
    comity(f"feedback give --data jp {answer} --verdict useful")
    bundle = json.loads((ROOT / "examples" / "israel-japan" / "threats.json").read_bytes())
    threat = next(one["id"] for one in bundle["objects"] if one["type"] == "indicator")
    comity(f"feedback sighted --data jp {threat} --tlp GREEN")
    comity(f"feedback propose --data jp {answer} --text Fiction")
    comity(f"feedback propose --data jp {answer} --text Other")
    _carry(comity, "jp", "il", "three")
    said = comity("feedback list --data il")["said"]
    assert sorted(one["word"] for one in said) == ["proposed", "proposed", "sighted", "useful"]
    first, second = (one["record"] for one in said if one["word"] == "proposed")
    comity(f"feedback accept --data il {first}")
    comity(f"feedback decline --data il {second} --words Fiction")
    made = comity("export misp --data il --to JP feed")
    assert made["events"] == made["written"] > 0
    assert comity("export misp --data il --to JP feed")["written"] == 0
    assert comity("status --data il")["agreements"][0]["reciprocity"]["ours"]["used"] == 2


def _ask_back(comity: Desk) -> None:
    first, *others = (one["handle"] for one in comity("return list --data jp")["items"])
    comity(f"return request --data il IL-JP-FICTION {first}")
    assert len(others) > 0
    assert len(comity("return request --data il IL-JP-FICTION")["notices"]) == 1
    _carry(comity, "il", "jp", "back")
    owed = comity("duties --data jp --mine --all")["duties"]
    [one, rest] = sorted(
        (one for one in owed if one["duty"] == "return-or-destroy"), key=lambda one: one["params"]["items"]
    )
    assert comity(f"return destroy --data jp {one['id']} -o list.json")["destroyed"] == [first]
    _carry(comity, "jp", "il", "certified")
    assert comity(f"return receipt --data il {rest['id']} --evidence letter")["state"] == "settled"
    assert comity(f"show --data jp {first}")["state"] == "destroyed"
    assert comity(f"explain --data jp {first} --to IL")["outcome"] == "destroyed"


def _visit(comity: Desk) -> None:
    asked = comity("visits request IL-JP-FICTION --data il --file israel-japan/visit.yaml")
    assert (asked["state"], asked["articles"]) == ("asked", ["9(1)"])
    _carry(comity, "il", "jp", "visit")
    [listed] = comity("visits list --data jp --waiting")["visits"]
    assert "people" not in listed
    told = comity(f"visits answer --data jp {asked['id']} approve --words Welcome")
    assert (told["state"], told["answers"][0]["office"]) == ("approved", "JP-releasing-office")
    _carry(comity, "jp", "il", "welcome")
    assert comity(f"visits show --data il {asked['id']}")["answers"] == told["answers"]
    assert comity("visits list --data il --upcoming")["visits"][0]["outcome"] == "allow"
    assert comity("visits list --data il --expired")["visits"] == []


def _tell_and_object(comity: Desk) -> None:
    seen = comity("agreement notify --data il suspension --effective 2099-01-01 --preview")
    assert (seen["from"], seen["notice"]) == ("2099-01-01T00:00:00Z", None)
    told = comity("agreement notify --data il law-changed --effect Fiction")
    _carry(comity, "il", "jp", "told")
    (event,) = comity("agreement status --data jp")["agreements"][0]["events"]
    assert (event["id"], event["state"], event["contested"]) == (told["notice"], "received", False)
    assert comity(f"agreement object --data jp {told['notice'][:6]} --why Fiction")["stands"] is True
    _carry(comity, "jp", "il", "contested")
    (event,) = comity("agreement status --data il")["agreements"][0]["events"]
    assert (event["state"], event["contested"]) == ("accepted", True)


def _consent(comity: Desk) -> None:
    standing = {"kinds": ["intelligence.*"], "up_to_tlp": "TLP:GREEN"}
    for purpose in ("defence", "threat-assessment"):
        [asked] = comity(f"consent ask --data jp FDI-2027-0103 --to US --for {purpose}")["requests"]
        assert (asked["of"], asked["state"]) == ("IL", "asked")
    _carry(comity, "jp", "il", "consents")
    first, second = (one["id"] for one in comity("consent list --data il")["consents"])
    assert comity(f"consent show --data il {first}")["title"]
    assert comity(f"consent grant --data il {first} --until 2050-01-01")["giver"] == "IL"
    assert comity(f"consent refuse --data il {second}")["state"] == "refused"
    assert comity(f"consent revoke --data il {first}")["state"] == "revoked"
    scope = {"act": "onward-release", "to": "US", "purpose": "defence", "derived": "also", "about": {"class": standing}}
    span = {"valid_from": "2026-01-01T00:00:00Z", "valid_until": "2050-01-01T00:00:00Z"}
    written = {"giver": "IL", "form": "written", "scope": scope, "conditions": [], **span}
    (comity.folder / "standing.yaml").write_text(json.dumps(written), "utf-8")
    made = comity("consent grant --data il --file standing.yaml --agreement IL-JP-FICTION")
    assert (made["asked_by"], made["class"]) == (None, standing)


def _carry(comity: Desk, sender: str, to: str, name: str) -> None:
    comity(f"outbox export --data {sender} {name}")
    comity(f"inbox import --data {to} {name} --receipts {name}-back")
    comity(f"inbox import --data {sender} {name}-back")


def _check_the_books(comity: Desk) -> None:
    assert comity("status --data il")["agreements"][0]["queued"] == 0
    assert comity("ledger fsck --data il")["sound"] is True
    replayed = comity("decide --data il --replay ALL")
    assert replayed["asked"] == replayed["same"] > 0
    comity("ledger export --data il evidence")
    assert comity("verify evidence")["verified"] is True
    assert comity("verify both")["agreement"] == "IL-JP-FICTION@1"
    (receipt,) = comity.folder.glob("to-il/**/*.json")
    assert comity(f"verify {receipt} --agreement both")["verdict"] == "accepted"
    assert comity("standing withdraw --data il standing-il")["agreement"] == "IL-JP-FICTION"
    cases = (ROOT / "tests" / "data" / "agreements" / "practice.jsonl").read_text("utf-8").splitlines()
    (comity.folder / "case.jsonl").write_text(cases[0] + "\n", "utf-8")
    assert comity("decide --cases case.jsonl")["decision"] == "needs-consent"


def _refused(comity: Desk) -> None:
    """As if Japan's receipt had refused one record."""
    row = RefusedRow("0" * 64, "cyber.stix/1", "ab" * 16, "kind-not-covered", Lane.ROUTINE, 1, 1, NOW)
    with open_node(comity.folder / "il") as node, node.agreements("IL-JP-FICTION").begin() as tx:
        tx.put_refused([row])
    [shown] = comity("outbox refused --data il")["refused"]
    assert shown["reason"] == "no annex in force by its count covers the kind (kind-not-covered)"
    for word in ("leave", "retry"):
        assert comity(f"outbox {word} --data il --by dana") == {
            "agreement": "IL-JP-FICTION",
            "records": 1,
            "notices": 0,
        }


def _back_up_and_resolve(comity: Desk) -> None:
    made = comity("backup --data il backups --with-vault")
    assert (comity.folder / made["keys"]).is_file()
    assert made["vault"]
    restored = comity("restore backups --into il2")
    assert (restored["party"], restored["agreements"]) == ("IL", ["IL-JP-FICTION"])
    assert comity("fork show --data il")["forks"] == []
    with open_node(comity.folder / "il") as node:
        forks.name(node, "IL-JP-FICTION", Fork("comity/IL-JP-FICTION/JP/main", "leaf 3", Side(4, "aa"), Side(5, "")))
    first = comity("fork resolve --data il IL-JP-FICTION --why compared --by dana")
    second = comity("fork resolve --data il IL-JP-FICTION --why compared --by ken")
    assert [first["resolved"], second["resolved"]] == [False, True]
    assert comity("fork show --data il")["forks"] == [second]


@pytest.mark.parametrize(
    ("line", "kind", "code"),
    [
        ("status --data nowhere", "absent", 66),
        ("agreement check broken", "malformed", 65),
        ("agreement sign --data nowhere broken -o there", "malformed", 65),
        ("verify nowhere", "absent", 66),
        ("decide --cases nowhere", "absent", 66),
    ],
)
def test_an_error_is_a_document_on_standard_error(line: str, kind: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("{")
    said = typed(f"comity {line} --json", tmp_path)
    assert (said.code, said.out) == (code, "")
    error = json.loads(said.text)
    jsonschema_rs.validate(SCHEMAS["error"], error)
    assert error["error"]["kind"] == kind


def test_each_line_of_a_case_file_is_answered_on_its_own(tmp_path: Path) -> None:
    (tmp_path / "cases").write_text('{"id": 1}\n\nnonsense\n')
    said = typed("comity decide --cases cases", tmp_path)
    answers = [json.loads(line) for line in said.out.splitlines()]
    for answer in answers:
        jsonschema_rs.validate(SCHEMAS["decide"], answer)
    assert [(one["id"], one["decision"]) for one in answers] == [(1, "deny"), (None, "deny")]
