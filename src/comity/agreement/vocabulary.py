"""`KINDS`: every kind of rule an agreement may contain. One that is not here makes the agreement unreadable."""

from collections.abc import Mapping

from comity.agreement.kind import Cls, Param, TermKind, Type
from comity.agreement.kinds import access, custody, industry, levels, life, marking, own, params, purpose, visits

__all__ = ["KINDS", "Cls", "Param", "TermKind", "Type", "as_markdown"]

_SUBJECTS = (access, levels, marking, custody, purpose, industry, visits, life, own)

KINDS: Mapping[str, TermKind] = {row.name: row for subject in _SUBJECTS for row in subject.ROWS}


_INTRODUCTION = """# Kinds of term

Every term of an agreement is of one of these {count} kinds. A kind or parameter that is not listed here makes the
agreement unreadable; it is never skipped. This page is made from the vocabulary by `agreement.vocabulary.as_markdown`.

A **bar** can stop the acts it names, a **duty** can owe something, **display** is shown, **life** says when the text
holds. *One of* names parameters of which an agreement signed in Comity gives one. Articles in brackets are those of
published agreements from which the kind was taken; the kinds beginning with `comity-` are Comity's own.
"""


_GRAMMARS = {params.ROUTES: "the routes below", params.GIVERS: "the givers below"}

_CLOSING = """
## Routes and givers

`requires` says what unlocks an act, and is closed: {routes}.

`consent_from` says who gives a consent, and is closed: {givers}.

## Texts

Two parties' codes name their agreement. CH with AT, CZ, DK, EDA, EE, FI, FR, IL, KR, LU, PL or SG stands in the Swiss
systematic collection (SR 0.514). NL-AU (1977), NL-SE (1984), NL-US (2012), NL-US DM (1978) and, of several states,
NATO-INV (1960), NATO-TI (1970), ETW, ESA (2002) and EU-MS (2011) stand in the Dutch treaty collection. JP-KR (2016),
JP-PH DET (2016) and TISA (2014) were published by their governments. What stands here is our paraphrase; the composite
is the fictional agreement of `examples/israel-japan`.
"""


def as_markdown() -> str:
    """The text of docs/term-kinds.md."""
    parts = [_INTRODUCTION.format(count=len(KINDS))]
    for subject in _SUBJECTS:
        parts.append(f"\n## {subject.SUBJECT.capitalize()}\n")
        parts += [_entry(kind) for kind in subject.ROWS]
    routes, givers = (", ".join(f"`{name}`" for name in sorted(names)) for names in _GRAMMARS)
    parts.append(_CLOSING.format(routes=routes, givers=givers))
    return "".join(parts)


def _entry(kind: TermKind) -> str:
    lines = [f"\n### `{kind.name}` ({kind.cls.value})\n", f"{kind.meaning} [{', '.join(kind.sources)}]\n"]
    if kind.acts:
        lines.append(f"- bears on: {', '.join(sorted(kind.acts))}")
    lines += [f"- `{name}`: {_typed(param)}" for name, param in kind.params.items()]
    lines += [f"- one of: {', '.join(f'`{name}`' for name in group)}" for group in kind.asks]
    if kind.produces:
        lines.append(f"- owes: {', '.join(kind.produces)}")
    return "\n".join(lines) + "\n"


def _typed(param: Param) -> str:
    words = [param.type.value]
    if param.choices in _GRAMMARS:
        words.append(f"of {_GRAMMARS[param.choices]}")
    elif param.choices is not None:
        words.append("of " + ", ".join(f"`{choice}`" for choice in sorted(param.choices)))
    if param.nullable:
        words.append("or null")
    return " ".join(words) + ("; needed" if param.needed else "")
