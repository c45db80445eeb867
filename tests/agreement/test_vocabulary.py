"""A term is of a kind we know with parameters we know, or the agreement is not read."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.agreement.kind import ACTS, Cls, Param, Type
from comity.agreement.schema import schema
from comity.agreement.text import canonical, from_json
from comity.agreement.vocabulary import KINDS, as_markdown
from comity.core import strictjson
from comity.core.errors import Malformed
from tests.agreement.texts import ROOT, published, read, small_json, term

VALIDATOR = jsonschema_rs.validator_for(schema())


def test_the_page_and_the_schema_are_those_of_the_vocabulary() -> None:
    assert (ROOT / "docs" / "term-kinds.md").read_text(encoding="utf-8") == as_markdown()
    written = (ROOT / "docs" / "agreement.schema.json").read_text(encoding="utf-8")
    assert written == json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_a_complete_row(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    assert kind.acts <= ACTS
    assert kind.acts or kind.cls is not Cls.BAR, "a bar that bars nothing"
    assert kind.meaning.endswith(".")
    assert kind.sources
    assert {param for group in kind.asks for param in group} <= set(kind.params)
    assert not {"article", "rule", "text"} & set(kind.params)
    assert all(re.fullmatch(r"[a-z_]+", param) for param in kind.params)


INSTRUMENT = re.compile(
    r"(CH-[A-Z]{2,3}|JP-KR|JP-PH DET|NL-(AU|SE|US( DM)?)|EU-MS|ETW|ESA|TISA|NATO-(INV|TI))"
    r"( .*\d.*| [IVX(].*| Annex.*| preamble)"
)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_says_on_the_page_what_it_is_and_which_published_articles_it_comes_from(name: str) -> None:
    kind = KINDS[name]
    page = as_markdown()
    entry = page[page.index(f"### `{name}` ({kind.cls.value})\n") :].split("\n### ", 1)[0]
    assert kind.meaning in entry
    assert all(source in entry for source in kind.sources)
    assert all(f"- `{param}`: " in entry for param in kind.params)
    assert all(act in entry for act in kind.acts)
    if name.startswith("comity-"):
        assert kind.sources == ("Comity",)
    else:
        assert all(INSTRUMENT.fullmatch(source) or source == "composite" for source in kind.sources), kind.sources


def test_the_vocabulary_that_was_handed_over_is_complete_and_the_readme_counts_right() -> None:
    given_page = (ROOT / "tests" / "data" / "agreements" / "VOCABULARY.md").read_text(encoding="utf-8")
    published_kinds = re.findall(r"^### `([a-z-]+)`", given_page, re.MULTILINE)
    own = {name for name in KINDS if name.startswith("comity-")}
    assert set(published_kinds) == set(KINDS) - own
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert (
        f"all {len(published_kinds)} kinds of term of the published vocabulary and {len(own)} of Comity's own" in readme
    )


WRONG = [
    (term("9", "no-such-rule"), "article 9 is of a kind this program does not know: 'no-such-rule'"),
    (term("9", "third-party", colour="red"), r"article 9 \(third-party\) has a parameter .*'colour'"),
    (term("9", "third-party", requires="a-nod"), "article 9, requires has 'a-nod'"),
    (term("9", "third-party", requires=None), "article 9, requires must be a text, and cannot be null"),
    (term("9", "third-party", consent_from="someone"), "article 9, consent_from has 'someone'"),
    (term("9", "renewal", notice_days="90"), "article 9, notice_days must be a whole number"),
    (term("9", "renewal", notice_days=-1), "article 9, notice_days must be a whole number"),
    (term("9", "renewal", notice_days=True), "article 9, notice_days must be a whole number"),
    (term("9", "access", briefed="true"), "article 9, briefed must be true or false"),
    (term("9", "survival", survives="6"), "article 9, survives must be a list"),
    (term("9", "survival", survives=["6", "6"]), "article 9, survives names one thing twice"),
    (term("9", "no-equivalent", level=["A"]), "article 9, level must be an object"),
]


@pytest.mark.parametrize(("wrong", "says"), WRONG)
def test_what_we_do_not_know_is_refused_by_article(wrong: dict[str, Any], says: str) -> None:
    value = small_json()
    value["terms"].append(wrong)
    with pytest.raises(Malformed, match=says):
        read(value)
    with pytest.raises(Malformed, match=says):
        published({"signed": "2020-01-01"}, [wrong])
    assert not VALIDATOR.is_valid(value)


@pytest.mark.parametrize(
    "wrong",
    [
        term("9", "comity-annex", annex="cyber", purposes=["p"]),
        term("9", "comity-annex", annex="cyber", field="astrology", purposes=["p"]),
        term("9", "comity-annex", annex="cyber", field="cyber", purposes=["p"], in_force_from="2027-02-30"),
        term("9", "comity-tlp"),
        term("9", "comity-tlp", up_to="PINK"),
        term("9", "comity-warning-release", by="AA", annex="cyber", when_stale="guess"),
        term("9", "comity-precedence", minutes={"SOON": 5}),
        term("9", "caveat"),
        {"article": "9", "rule": "scope"},
        {"article": "9", "rule": "scope", "text": {}},
        {"article": "9", "rule": "scope", "text": {"en": ""}},
        {"article": "9", "rule": "scope", "text": {"en": "right\u202eleft"}},
        {"article": "9", "rule": "scope", "text": {"English please": "x"}},
        {"article": "", "rule": "scope", "text": {"en": "x"}},
        "scope",
    ],
)
def test_our_own_kinds_and_texts_are_as_strict(wrong: Any) -> None:
    value = small_json()
    value["terms"].append(wrong)
    with pytest.raises(Malformed):
        read(value)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)


def values(param: Param) -> st.SearchStrategy[Any]:
    words = st.sampled_from(sorted(param.choices)) if param.choices is not None else TEXTS
    forms: dict[Type, st.SearchStrategy[Any]] = {
        Type.TEXT: words,
        Type.INTEGER: st.integers(0, 400),
        Type.BOOLEAN: st.booleans(),
        Type.DATE: st.dates().map(lambda day: day.isoformat()),
        Type.TEXTS: st.lists(words, max_size=3, unique=True),
        Type.TEXT_MAP: st.dictionaries(TEXTS, TEXTS, max_size=3),
        Type.INTEGER_MAP: st.dictionaries(words, st.integers(0, 400), max_size=3),
    }
    return st.one_of(forms[param.type], st.none()) if param.nullable else forms[param.type]


@st.composite
def terms(draw: st.DrawFn) -> dict[str, Any]:
    kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    names = [name for name, param in kind.params.items() if param.needed or draw(st.booleans())]
    return term(draw(TEXTS), kind.name, **{name: draw(values(kind.params[name])) for name in names})


@pytest.mark.slow
@given(st.lists(terms(), min_size=1, max_size=4))
def test_every_term_reads_back_as_it_was_written(drawn: list[dict[str, Any]]) -> None:
    value = {**small_json(), "terms": drawn}
    agreement = read(value)
    assert canonical(agreement) == strictjson.canonical(value)
    assert from_json(canonical(agreement)) == agreement
    VALIDATOR.validate(value)
