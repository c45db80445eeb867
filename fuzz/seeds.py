"""Mints seeds for every target from our own vectors and examples: `python -m fuzz.seeds`. What is there stays.

Keys and random bytes differ at each call, so a seed is named by what it is made from and minted once. `make fuzz` adds
the inputs of findings; nothing else changes a corpus.
"""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.acts.things import question, stix, take, write
from tests.exchange.scene import a_batch, an_envelope, an_hpke_seed, payload_of
from tests.joined import DANA, pair_in, standing_release
from tests.release.fiction import at, memorandum
from tests.release.fiction import question as asking

from comity import settings
from comity.acts import evidence, follow, standing
from comity.core import strictjson
from comity.core.keys import from_base64
from comity.exchange import sealing
from comity.labels.label import Tlp
from comity.release.decide import decide
from comity.release.language import GROUPS
from comity.release.recorded import record
from comity.release.subject import Subject
from fuzz.genuine import VECTORS, is_dsse, payload
from fuzz.target import CORPUS

ROOT = CORPUS.parents[1]
EXAMPLE = ROOT / "examples" / "israel-japan"
CASES = ROOT / "tests" / "data" / "agreements" / "practice.jsonl"
SMALL = 6 * 1024
Seeds = Iterator[tuple[str, bytes]]


def _files(folder: str, pattern: str = "*", most: int = 200) -> Seeds:
    for path in sorted((VECTORS / folder).glob(pattern))[:most]:
        if path.name not in {"index.json", "keys.json", "cases.json"}:
            yield path.stem.removesuffix(".dsse"), path.read_bytes()


def _payloads(folder: str, pattern: str = "*.json", most: int = 8) -> Seeds:
    """What is signed, of the vectors of a format, good ones and small ones first; the same text twice is one seed."""
    found = {payload(raw): name for name, raw in reversed([*_files(folder, pattern)]) if is_dsse(raw)}
    first = sorted(found.items(), key=lambda one: (not one[1].startswith("good"), len(one[0])))
    yield from ((name, text) for text, name in first[:most])


def _outside(folder: str, *names: str) -> Seeds:
    for name, raw in _files(folder, "*.json"):
        if name in names:
            yield name, raw


def _stix() -> Seeds:
    for line in (VECTORS / "stix" / "good.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        yield case["name"].replace(" ", "-").replace("/", "-"), json.dumps(case["object"], ensure_ascii=False).encode()


def _events() -> Seeds:
    for line in (VECTORS / "misp" / "good.jsonl").read_text("utf-8").splitlines()[:1]:
        yield "event", json.dumps(json.loads(line)["event"], separators=(",", ":")).encode()


def _documents() -> Seeds:
    for line in (VECTORS / "intelligence" / "good.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        yield case["name"].replace(" ", "-"), json.dumps(case["document"], ensure_ascii=False).encode()


def _bundles() -> Seeds:
    objects = [json.loads(raw) for _, raw in _stix()]
    yield "threats", (EXAMPLE / "threats.json").read_bytes()
    bundle = {"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", "objects": objects[:3]}
    yield "bundle", json.dumps(bundle, ensure_ascii=False).encode()
    yield "envelope", json.dumps({"more": False, "objects": objects[3:5]}, ensure_ascii=False).encode()


def _patterns() -> Seeds:
    texts = (
        "[file:hashes.'SHA-256' = 'aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f']",
        "[ipv4-addr:value = '198.51.100.1' OR ipv4-addr:value ISSUBSET '203.0.113.0/24'] WITHIN 300 SECONDS",
        "([a:b[*].c LIKE '%x_' AND a:d IN (1, 2.5, true)] FOLLOWEDBY [e:f MATCHES '^\\\\d+$']) REPEATS 5 TIMES",
        "[x:y NOT = t'2027-03-02T09:00:00Z'] START t'2027-01-01T00:00:00Z' STOP t'2027-02-01T00:00:00Z'",
        "[a:b = h'00ff' AND EXISTS a:c AND a:d != b'AAE=']",
    )
    for n, text in enumerate(texts):
        yield f"pattern-{n}", text.encode()


def _words() -> Seeds:
    texts = (
        "2027-03-02T09:00:00Z",
        "2027-03-02T09:00:00.123456Z",
        "indefinite",
        "max 3y",
        "10 working days",
        "5y + extensions",
        "5y then automatic extensions by 1y unless notice",
        "ab" * 16,
        "TLP:AMBER+STRICT",
        "PAP:WHITE",
        "AAECAwQ=",
        "ＳＥＣＲＥＴ Ⅱ",
    )
    for n, text in enumerate(texts):
        yield f"words-{n}", text.encode()


def _cases() -> Seeds:
    """Short ones of the practice cases, one for each topic, and one with a consent."""
    topics: dict[str, tuple[int, str, bytes]] = {}
    for line in CASES.read_bytes().splitlines():
        case = json.loads(line)
        raw = json.dumps({"id": case["id"], "given": case["given"]}, ensure_ascii=False).encode()
        for topic in (case["topic"], *(("a consent",) if b'"consents": [{' in raw else ())):
            topics[topic] = min(topics.get(topic, (1 << 30, "", b"")), (len(raw), case["id"], raw))
    for size, name, raw in topics.values():
        if size <= SMALL:
            yield name, raw


def _agreements(given: str) -> Seeds:
    if given == "published":
        for name, raw in _cases():
            yield name, json.dumps(json.loads(raw)["given"]["agreement"], ensure_ascii=False).encode()
        return
    yield from _payloads("agreement", most=5) if given == "json" else ()
    if given == "yaml":
        for name, raw in _payloads("agreement", "good*.json"):
            yield name, json.dumps(json.loads(raw), ensure_ascii=False, indent=1).encode()
        yield "example", (EXAMPLE / "agreement.yaml").read_bytes()


def _evidence() -> Seeds:
    with TemporaryDirectory() as folder, pair_in(Path(folder)) as pair:
        take(pair.il, stix("malware", "one", Tlp.CLEAR))
        pair.settle()
        take(pair.il, stix("malware", "withdrawn"))
        follow.follow(pair.il, pair.agreement)
        standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
        pair.settle()
        write(pair.jp, question("Q-2"))
        pair.settle()
        files = evidence.gather(pair.il, pair.agreement)
    yield "good-journey", json.dumps({path: raw.decode("latin-1") for path, raw in files.items()}).encode()


def _one(raw: bytes) -> Seeds:
    yield "one", raw


def _papers(kinds: Collection[str]) -> Seeds:
    for name in ("consent", "visit"):
        for line in (VECTORS / name / "good.jsonl").read_text("utf-8").splitlines():
            one = json.loads(line)
            if one["kind"] in kinds:
                yield one["name"].replace(" ", "-").replace(",", ""), strictjson.canonical(one["body"])


def _made() -> Iterator[tuple[str, Seeds]]:
    """What no vector has, made by the product."""
    with TemporaryDirectory() as folder:
        partners = {"JP": settings.Partner("https://jp.example:7410")}
        settings.write(Path(folder), settings.Settings("IL", partners=partners))
        toml = (Path(folder) / settings.FILE).read_bytes()
        with pair_in(Path(folder)) as pair:
            yield "standing-release", _one(standing_release(pair.il, "standing-il", ("cyber.*",)).canonical())
    yield "settings", iter([("init", toml), ("store", b'party = "IL"\n[store]\nhouse = "postgresql:///a?host=/run"\n')])
    manifest = {
        "format": "comity-backup/1",
        "party": "IL",
        "mode": "actual",
        "at": "2027-03-02T09:00:00Z",
        "files": {"house.db": {"size": 1, "sha256": "ab" * 32}},
        "logs": {"house.db": {"house": {"size": 3, "root": "cd" * 32}}},
    }
    yield "manifest", _one(strictjson.canonical(manifest))
    yield "hpke", _one(sealing.public_of(an_hpke_seed("AA")))
    sealed = sealing.seal_body(a_batch(1), sealing.public_of(an_hpke_seed("BB")), b"")
    yield "sealed-body", _one(sealed.ciphertext[:-1])
    body = payload_of(an_envelope(a_batch(1)))["body"]
    yield "item", _one(strictjson.canonical(body["items"][0]))
    yield "evidence", _evidence()


LABEL = [
    {"origin": "AA", "level": "SECRET", "rel_to": ["BB"], "tlp": "TLP:AMBER"},
    {"origin": "BB", "caveats": ["X"], "pap": "RED", "purposes": ["defence"], "personal": True, "rel_to": "ALL"},
]
SUBJECT = {"kind": "cyber.stix/1", "label": LABEL, "purpose": "defence", "portions": [["a.b", [{"origin": "JP"}]]]}
PAPERS = {
    "consent-request": ("consent-request",),
    "consent-grant": ("consent",),
    "consent-ending": ("consent-refusal", "consent-revocation"),
    "visit-request": ("visit-request",),
    "visit-answer": ("visit-answer",),
}
SENTENCES = {"language": "en"} | {group: {"a": "{b} c"} for group in GROUPS}
POLICY = {"name": "a", "to": "JP", "record": {"kind": "intelligence.report/1", "level": 3}, "says": ["rule"]}
MANDATE = {
    "format": "comity-mandate/1",
    "person": "person:dana",
    "role": "release-officer",
    "valid_from": "2027-01-01T00:00:00Z",
    "valid_until": "2028-01-01T00:00:00Z",
    "up_to_level": "SECRET",
    "annexes": ["cyber"],
    "emergency": False,
    "delegated_from": None,
    "by": "person:noa",
}
APPROVAL = {
    **dict.fromkeys(("case", "agreement", "record", "decision", "copy", "by", "role", "mandate", "reason"), "a text"),
    "format": "comity-approval/1",
    "verdict": "approve",
    "roles": ["release-officer"],
    "at": "2027-03-02T09:00:00Z",
}
TAXII_QUERY = (
    b"added_after=2027-03-02T09:00:00.000001Z&limit=10&next=AAAAAAAAAAE"
    b"&match%5Bid%5D=indicator--6f1f1e9a-58a5-4d53-9d5a-0d4a3c2b1a00&match[type]=indicator,malware"
    b"&match[version]=last,2027-03-01T08:00:00.100Z&match[spec_version]=2.1"
)
TAXII_HEAD = (
    b"/taxii2/api/collections/c/objects/indicator--6f1f1e9a-58a5-4d53-9d5a-0d4a3c2b1a00/versions/\n"
    b'*/*;q=0.1, application/taxii+json;version="2.1";q=0.9\napplication/taxii+json; version=2.1\nBasic dTpw'
)
COLLECTION = {
    "format": "comity-collection/1",
    "id": "7e2b9c54-11aa-4c0e-8d57-9f3f64f0a901",
    "title": "Indicators",
    "alias": "indicators",
    "audience": {"organisation": "cert", "kind": "government", "people": ["dana"], "level": "SECRET", "briefed": True},
    "sources": ["mitre-attack"],
    "profile": "sensors",
}
CREDENTIAL = {
    "format": "comity-credential/1",
    "id": "7e2b9c54-11aa-4c0e-8d57-9f3f64f0a901",
    "holder": "party",
    "name": "JP",
    "user": "siem",
    "digest": "ab" * 32,
    "until": "2090-01-01T00:00:00Z",
}
WRITTEN = {
    "objects": [
        {
            "type": "ipv4-addr",
            "spec_version": "2.1",
            "id": "ipv4-addr--efcd5e80-570d-4131-b213-62cb18eaa6a8",
            "value": "a",
        },
        {"type": "indicator", "id": "indicator--x", "pattern_type": "stix", "pattern": "[a:b = 1]"},
        {},
    ]
}
TAXII_PAGE = (
    b"200 2027-03-02T09:00:00.000002Z\n"
    b'{"more":true,"next":"y","objects":[{"id":"indicator--6f1f1e9a-58a5-4d53-9d5a-0d4a3c2b1a00","version":"2027-03-02T09:00:00Z"}]}'
)
HEAD = b"POST /exchange/v1/envelopes?a=1 1.1\nHost: a\nContent-Length: 3\nExpect: 100-continue"


def _decision() -> bytes:
    text = memorandum()
    asked = asking(Subject.from_json(SUBJECT))
    return record(asked, decide(asked, {text.ref: text}, at()), {text.ref: text})


def _small() -> Iterator[tuple[str, Seeds]]:
    """What is written out here."""
    yield "json", _one(b'{"a":[1,-2,0.5,"\\u05d0\\ud83d\\ude00",null,true,{"b":{}}],"\\u00e9":""}')
    yield "yaml", _one("a: NO\nb: [1, 'x', \"\\u05d0\"]\nc:\n  - d: |\n      t\n    e: >-\n      א\n".encode())
    yield "words", _words()
    yield "label", _one(strictjson.canonical(LABEL))
    yield "subject", _one(strictjson.canonical(SUBJECT))
    yield "origin", _one(b"comity/IL-JP/IL/actual")
    yield "proof", _one(bytes([3, 7]) + bytes(96))
    yield "tiles", _one(json.dumps({"size": 2, "tile/0/000.p/2": "x" * 64}).encode())
    yield "request-head", _one(HEAD)
    yield "taxii-query", _one(TAXII_QUERY)
    yield "taxii-head", _one(TAXII_HEAD)
    yield "taxii-page", _one(TAXII_PAGE)
    yield "stix-pattern", _patterns()
    yield "stix-written", _one(strictjson.canonical(WRITTEN))
    yield "collection", _one(strictjson.canonical(COLLECTION))
    yield "credential", _one(strictjson.canonical(CREDENTIAL))
    yield "policy-case", _one(strictjson.canonical(POLICY))
    yield "decision", _one(_decision())
    yield "mandate", _one(strictjson.canonical(MANDATE))
    yield "approval", _one(strictjson.canonical(APPROVAL))
    yield "sentences", _one(strictjson.canonical(SENTENCES))
    for target, kinds in PAPERS.items():
        yield target, _papers(kinds)


def _taken() -> Iterator[tuple[str, Seeds]]:
    """What stands in files of ours."""
    leaves = json.loads((VECTORS / "ledger" / "leaves.json").read_bytes())
    yield "leaf", ((one["name"].replace(" ", "-"), one["leaf"].encode()) for one in leaves)
    yield "profile", _files("source-profile/good", "*.yaml")
    yield "note", _files("checkpoint", "*.note")
    yield "pull-page", _files("pull", "good*.ndjson")
    yield "reconcile-page", _files("reconcile", "good*.ndjson")
    yield "stix", _stix()
    yield "stix-bundle", _bundles()
    yield "intelligence", _documents()
    yield "misp", _events()
    yield "case", _cases()
    for form in ("yaml", "json", "published"):
        yield f"agreement-{form}", _agreements(form)
    yield "agreement-signed", _outside("agreement", "good-tls", "bad-one-signature")
    yield "dsse", _outside("dsse", "good-both", "good-spaced-json", "good-empty-payload")
    yield "envelope-ours", _outside("envelope", "good-void")
    for name, good in (("statement", "good-batch"), ("envelope", "good-void"), ("contact", "good-card")):
        yield f"signed-{name}", _outside(name, good)
    yield "signed-key", _outside("contact", "good-key")
    for name, good in (("receipt", "good-refused"), ("pull", "good-pull"), ("reconcile", "good-ask")):
        yield f"signed-{name}", _outside(name, good)


def _under() -> Iterator[tuple[str, Seeds]]:
    """What stands under a signature."""
    for name in ("statement", "receipt", "pull", "reconcile", "notice", "discharge"):
        yield name, _payloads(name)
    yield "envelope", _payloads("envelope", most=12)
    bodies = ((name, json.loads(raw)["body"]) for name, raw in _payloads("envelope", "good*"))
    yield "body", ((name, strictjson.canonical(body)) for name, body in bodies if body["kind"] != "sealed")
    cards = [*_payloads("contact", most=20)]
    yield "contact", ((name, raw) for name, raw in cards if "key" not in name)
    yield "key-statement", ((name, raw) for name, raw in cards if "key" in name)
    card = json.loads(dict(cards)["good-card-tls-authority"])
    yield "key", _one(strictjson.canonical(card["key"]))
    yield "certificate", _one(from_base64(card["tls_authorities"][0], "the authority"))


def seeds() -> Iterator[tuple[str, Seeds]]:
    """Each target's."""
    for part in (_small, _taken, _under, _made):
        yield from part()


def main() -> None:
    for name, found in seeds():
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for label, raw in found:
            path = folder / f"{label}.seed"
            if not path.exists():
                path.write_bytes(raw)


if __name__ == "__main__":
    main()
