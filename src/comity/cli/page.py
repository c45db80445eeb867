"""A decision explained on one page that needs nothing else: no script, no font, no address; read aloud, printed, folded
for whichever direction its language is written in. Everything that others wrote is escaped (MarkupSafe).
"""

import json
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from comity.release.language import Sentences

RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
"""Languages written from right to left, by primary subtag (Unicode CLDR, layout orientation)."""

_STYLE = Markup(
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}h1{font-size:1.4rem}h2{font-size:1.1rem;border-block-end:1px solid #767676}"
    "dt{font-weight:600}dd{margin-inline-start:1.5rem}blockquote{margin:.2rem 0 1rem;padding-inline-start:1rem;"
    "border-inline-start:4px solid #767676}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:start;vertical-align:top;padding:.25rem .5rem;border-block-end:1px solid #c6c6c6}"
    ".outcome{font-size:1.2rem;font-weight:700}"
    "@media print{body{margin:0;max-width:none}h2{break-after:avoid}blockquote,tr{break-inside:avoid}}"
)


def render(told: "Mapping[str, Any]", title: str) -> str:
    """`told` is what `comity explain --json` says; `title` names the record."""
    from comity.release.language import sentences

    table = sentences(told["language"])
    words = table.page
    page = Markup(
        '<!DOCTYPE html>\n<html lang="{lang}" dir="{dir}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        "<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        "<h1><bdi>{title}</bdi></h1>\n<p>{to}</p>\n"
        '<p class="outcome">{outcome} {cites}</p>\n{sections}{note}</main>\n</body>\n</html>\n'
    )
    return str(
        page.format(
            lang=told["language"],
            dir=direction(told["language"]),
            title=title,
            style=_STYLE,
            to=escape(words["to"]).format(to=_isolated(told["to"]), agreement=_isolated(told["agreement"])),
            outcome=table.state(told["outcome"]),
            cites=_cites(told["articles"]),
            sections=Markup("").join(_sections(told, table)),
            note=Markup("<p>{}</p>\n").format(told["note"]) if told["note"] else "",
        )
    )


def direction(language: str) -> str:
    """`rtl` or `ltr`, by the primary subtag of a BCP 47 tag."""
    return "rtl" if language.lower().split("-")[0] in RIGHT_TO_LEFT else "ltr"


def _sections(told: "Mapping[str, Any]", table: "Sentences") -> "Iterable[Markup]":
    words = table.page
    yield _section(words["why"], _list(Markup("<li>{}</li>").format(reason) for reason in told["reasons"]))
    quotes = [
        Markup('<dt>{cite}</dt><dd><blockquote lang="{lang}" dir="{dir}">{words}</blockquote></dd>').format(
            cite=_cites([one["article"]]),
            lang=one["language"],
            dir=direction(one["language"]),
            words=one["text"],
        )
        for one in told["quoted"]
    ]
    yield _section(words["articles"], Markup("<dl>{}</dl>").format(Markup("").join(quotes)) if quotes else Markup(""))
    rows = [
        Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>').format(
            one["words"], table.state(one["outcome"]), _cites(one["articles"])
        )
        for one in told["what_if"]
    ]
    head = Markup("<thead><tr>{}</tr></thead>").format(
        Markup("").join(Markup('<th scope="col">{}</th>').format(words[name]) for name in ("if", "answer", "cited"))
    )
    yield _section(
        words["what_if"],
        Markup("<table>{}<tbody>{}</tbody></table>").format(head, Markup("").join(rows)) if rows else Markup(""),
    )
    facts = [
        Markup("<dt>{}</dt><dd><bdi>{}</bdi></dd>").format(name, value)
        for name, value in _facts(told["relied_on"] or {})
    ]
    yield _section(words["relied_on"], Markup("<dl>{}</dl>").format(Markup("").join(facts)) if facts else Markup(""))


def _facts(question: "Mapping[str, Any]") -> "Iterable[tuple[str, str]]":
    """The question's members in one line each."""
    return ((name, json.dumps(value, ensure_ascii=False)) for name, value in question.items() if value not in ({}, []))


def _section(heading: str, body: Markup) -> Markup:
    return Markup("<section>\n<h2>{}</h2>\n{}\n</section>\n").format(heading, body) if body else Markup("")


def _isolated(text: str) -> Markup:
    return Markup("<bdi>{}</bdi>").format(text)


def _list(items: "Iterable[Markup]") -> Markup:
    return Markup("<ul>{}</ul>").format(Markup("").join(items))


def _cites(articles: "Iterable[str]") -> Markup:
    """Citations, each held together and in its own direction: `4(2)` must not turn to `(2)4` in Hebrew text."""
    from comity.release.decision import bare

    return Markup(" ").join(Markup("<bdi>[\u2066{}\u2069]</bdi>").format(bare(one)) for one in articles)
