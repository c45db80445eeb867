"""What keeps a text from being signed is said in words, with the article."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from comity.agreement.check import ERROR, WARNING, check
from comity.agreement.draft import draft, with_keys
from comity.agreement.text import from_yaml
from tests.agreement.texts import read, small, small_json, term
from tests.keys import signer

Edit = Callable[[dict[str, Any]], object]
KEYS = {party: signer(party).public for party in ("AA", "BB")}


def add(**entry: Any) -> Edit:
    return lambda value: value["terms"].append(entry)


def drop(*rules: str) -> Edit:
    def edit(value: dict[str, Any]) -> None:
        value["terms"] = [entry for entry in value["terms"] if entry["rule"] not in rules]

    return edit


def put(place: str, **params: Any) -> Edit:
    return lambda value: next(entry for entry in value["terms"] if entry["article"] == place).update(params)


def head(**members: Any) -> Edit:
    return lambda value: value.update(members)


def life(**members: Any) -> Edit:
    return lambda value: value["life"].update(members)


ANNEX = small_json()["terms"][-1]
CASES: list[tuple[Edit, str, str, str]] = [
    (drop("comity-annex"), "", ERROR, "there is no annex"),
    (put("Annex 1", purposes=[]), "Annex 1", ERROR, "annex cyber names no purpose"),
    (add(**{**ANNEX, "article": "Annex 2"}), "Annex 1", ERROR, "annex cyber stands twice"),
    (put("Annex 1", up_to_en="COSMIC"), "Annex 1", ERROR, "the table has no row for 'COSMIC'"),
    (put("2", article="1"), "1", ERROR, "the article stands twice"),
    (lambda v: v["levels"]["AA"].append("TOP"), "", ERROR, "AA's level 'TOP' has no equivalent of BB"),
    (lambda v: v["levels"].update(BB=[]), "", ERROR, "BB has no levels"),
    (lambda v: v["levels"].update(CC=["X"]), "", ERROR, "levels are given for CC, which is not a party"),
    (lambda v: v["equivalence"][0].update(AA="NONE"), "", ERROR, "gives AA the level 'NONE'"),
    (add(**term("9", "compromise", covers="known")), "9", ERROR, "compromise needs deadline or first_hours"),
    (add(**term("9", "mark-equivalent")), "9", ERROR, "mark-equivalent needs actor"),
    (add(**term("9", "comity-request-time")), "9", ERROR, "comity-request-time needs hours or days or working_days"),
    (add(**term("9", "comity-request-time", hours=1, word="promptly")), "9", ERROR, "gives its time twice"),
    (add(**term("9", "comity-request-time", word="soon")), "9", ERROR, "the time word 'soon' has no figure"),
    (add(**term("9", "law-change", deadline="at-once")), "9", ERROR, "the time word 'at-once' has no figure"),
    (put("8(3)", survives=["2", "44"]), "8(3)", ERROR, "survival speaks of article 44, which is not in the text"),
    (add(**term("9", "personal-data", annexes_allowing=["crisis"])), "9", ERROR, "speaks of annex crisis"),
    (
        add(**term("9", "comity-standing-release", by="CC", annex="cyber")),
        "9",
        ERROR,
        "speaks of CC, which is not a party",
    ),
    (add(**term("9", "comity-licence", annex="transfer")), "9", ERROR, "speaks of annex transfer"),
    (add(**term("9", "territory", requires="prior-consent")), "9", ERROR, "does not say whose"),
    (head(languages=["en", "ja"]), "1", ERROR, "the text is missing in ja"),
    (head(languages=["en", "ja"]), "", ERROR, "the title is missing in ja"),
    (head(languages=["ja"]), "2", WARNING, "the text is given in en, which the text does not declare"),
    (head(prevailing="he"), "", ERROR, "the prevailing language he"),
    (drop("entry-into-force"), "", ERROR, "no article says when the text enters into force"),
    (life(in_force_from="2026-02-01"), "8(1)", WARNING, "on 2026-01-15, by the head on 2026-02-01"),
    (lambda v: v["life"].pop("duration"), "", WARNING, "nothing says how long the text lasts"),
    (life(duration="5y then automatic extension by 1y unless notice"), "", WARNING, "write `extensions by`"),
    (life(events=[{"kind": "suspension", "by": "CC", "on": "2027-01-01"}]), "", ERROR, "comes from CC"),
    (drop("comity-tlp"), "", WARNING, "TLP: nothing above TLP:CLEAR will be released"),
    (drop("third-party"), "", WARNING, "passing information to a third party"),
    (put("Annex 1", up_to_en="SECRET"), "Annex 1", WARNING, "above what any authority of AA may receive"),
    (
        lambda v: (
            v["terms"].append(term("9", "max-level", max_en="CONFIDENTIAL")),
            v["terms"][-2].update(up_to_en="SECRET"),
        ),
        "Annex 1",
        WARNING,
        "article 9 stops at CONFIDENTIAL: nothing between can go; lower the annex or raise the ceiling",
    ),
    (
        lambda v: v["authorities"][0].update(annexes=[]),
        "Annex 1",
        WARNING,
        "no authority of AA may receive under annex",
    ),
    (lambda v: v["authorities"][0].update(up_to_en="SECRET"), "", WARNING, "AA-registry may receive up to SECRET"),
    (
        add(**term("9", "annexes", annexes={"crisis": "talks"})),
        "Annex 1",
        ERROR,
        "not among those that article 9 opens",
    ),
    (add(**term("9", "annexes", annexes={"cyber": "x", "crisis": "y"})), "9", WARNING, "no term says what it covers"),
    (add(**term("9", "personal-data", annexes_allowing=["cyber"])), "Annex 1", ERROR, "says the opposite"),
    (
        add(**term("9", "comity-standing-release", by="AA", annex="cyber", purposes=["sport"])),
        "9",
        WARNING,
        "annex cyber does not cover that purpose",
    ),
    (
        add(**term("9", "comity-standing-release", by="AA", annex="cyber", up_to_en="SECRET")),
        "9",
        WARNING,
        "annex cyber stops at unclassified",
    ),
    (add(**term("9", "comity-tlp", up_to="RED")), "9", ERROR, "article 5 speaks of the same (comity-tlp)"),
    (add(**term("9", "third-party")), "9", WARNING, "bars for good what article 2 opens with consent"),
    (
        lambda v: v["terms"].extend(
            [
                term("9", "transmission", approved_channels=["internet"]),
                term("10", "transmission-internet", forbidden=["internet"]),
            ]
        ),
        "9",
        ERROR,
        "it approves the channel internet, which article 10 forbids",
    ),
    (
        lambda v: v["terms"].extend(
            [term("9", "destroy", levels_en=["SECRET"]), term("10", "destroy-forbidden", levels_en=["SECRET"])]
        ),
        "9",
        ERROR,
        "it lets SECRET be destroyed, and article 10 forbids it",
    ),
    (
        lambda v: v["terms"].extend(
            [
                term("9", "comity-retention", must="destroy", date="2028-01-01"),
                term("10", "comity-retention", must="keep", date="2030-01-01"),
            ]
        ),
        "10",
        ERROR,
        "it says keep, and article 9 says destroy: no day is left for both",
    ),
    (
        lambda v: v["terms"].extend(
            [
                term("9", "comity-retention", must="destroy", months=6),
                term("10", "destroy-forbidden", levels_en=["SECRET"]),
            ]
        ),
        "10",
        WARNING,
        "it forbids the destruction that article 9 asks for",
    ),
    (add(**term("9", "comity-retention", must="keep")), "9", ERROR, "comity-retention needs date or months"),
    (add(**term("9", "comity-retention", must="keep", months=3, from_en="HIGH")), "9", ERROR, "is a neutral level"),
    (
        add(**term("9", "protection-by-reference", agreements=["AA-BB-FICTION"])),
        "9",
        ERROR,
        "protection-by-reference speaks of this very text",
    ),
    (
        put("8(3)", survives=["2", "8(1)"]),
        "8(3)",
        WARNING,
        "article 8(1) is said to survive the end, and it is no prot",
    ),
    (add(**term("9", "clearance-threshold", exempt_en=["SECRET"])), "9", ERROR, "it exempts every level of the table"),
    (put("5", onward_up_to="AMBER"), "5", ERROR, "it lets TLP:AMBER be passed on"),
    (
        lambda v: v["terms"][0]["text"].update(en="Only as Article 44(2) says."),
        "1",
        WARNING,
        "its words speak of article 44(2), which is not in the text",
    ),
    (add(**term("9", "suspension")), "", WARNING, "what goes on under a suspension"),
    (head(authorities=[]), "", ERROR, "no authority of AA may receive"),
    (lambda v: v["authorities"][0].update(party="CC"), "", ERROR, "is of CC, which is not a party"),
    (lambda v: v["authorities"][0].update(id="BB-registry"), "", ERROR, "the authority BB-registry stands twice"),
    (lambda v: v["authorities"][0].update(annexes=["crisis"]), "", ERROR, "acts for annex crisis"),
    (lambda v: v["authorities"][0].update(may=["receive"]), "", WARNING, "no authority of AA may consent"),
]


@pytest.mark.parametrize(("edit", "article", "severity", "says"), CASES)
def test_each_fault_is_found_and_named(edit: Edit, article: str, severity: str, says: str) -> None:
    value = small_json()
    edit(value)
    found = check(with_keys(read(value), KEYS))
    assert [one for one in found if says in one.text and (one.article, one.severity) == (article, severity)]
    assert [problem.severity for problem in found] == sorted(problem.severity for problem in found), "errors first"


@pytest.mark.parametrize(
    "settle",
    [
        term("9", "no-equivalent", level={"AA": "TOP"}, treat_as={"BB": "UP"}),
        term("9", "max-level", max_en="SECRET"),
        term("9", "max-level", levels_closed=True),
    ],
)
def test_a_level_without_equivalent_is_settled_by_an_article(settle: dict[str, Any]) -> None:
    value = small_json()
    value["levels"]["AA"].append("TOP")
    value["terms"].append(settle)
    assert check(with_keys(read(value), KEYS)) == ()


def test_a_key_for_each_party_and_no_half_twice() -> None:
    keyless = check(read(small_json()))
    assert [problem.text for problem in keyless] == [f"{party} has no key; it needs one" for party in ("AA", "BB")]
    one, other = small().keys
    shared = replace(other, key=replace(other.key, ed25519=one.key.ed25519))
    assert [problem.text for problem in check(replace(small(), keys=(one, shared)))] == [
        "two parties have the same key, or share half of one"
    ]
    stranger = replace(other, party="CC")
    found = check(replace(small(), keys=(one, other, stranger)))
    assert [problem.text for problem in found][:1] == ["a key is bound to CC, which is not a party"]


def test_a_draft_reads_and_lacks_only_its_levels() -> None:
    text = draft("NO-SE-1", {"NO": 'Norway "North"', "SE": "Sweden: #1"}, {}, "A: title", signed="2027-01-01")
    agreement = with_keys(from_yaml(text.encode()), {party: signer(party).public for party in ("NO", "SE")})
    assert agreement.parties[0].name == {"en": 'Norway "North"'}
    assert [problem.text for problem in check(agreement)] == ["NO has no levels", "SE has no levels"]


def test_a_draft_carries_the_keys_it_is_given() -> None:
    keys = {party: signer(party).public for party in ("NO", "SE")}
    text = draft("NO-SE-1", {"NO": "Norge", "SE": "Sverige"}, keys, "Utkast", signed="2027-01-01", language="nb")
    assert from_yaml(text.encode()).signers() == keys
