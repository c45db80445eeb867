"""A term out of its written form, typed by its kind, and back."""

from collections.abc import Callable, Mapping
from typing import Any

from comity.agreement.cursor import Cursor
from comity.agreement.instrument import Term, Texts
from comity.agreement.kind import Param, TermKind, Type
from comity.agreement.vocabulary import KINDS
from comity.core.errors import Malformed

MAX_ARTICLE = 80
OWN = ("article", "rule", "text")
"""The members of a term that are not parameters of its kind."""


def read_term(at: Cursor, read_text: Callable[[Cursor], Texts]) -> Term:
    """The term at `at`. Raises `Malformed` naming the article for a kind or a parameter we do not know."""
    if not isinstance(at.value, dict):
        raise at.refuse("an object")
    article = at.at("article").text()
    if len(article) > MAX_ARTICLE:
        raise Malformed(f"{at.where} has an article name of more than {MAX_ARTICLE} characters")
    here = Cursor(at.value, f"article {article}", at.plain)
    kind = kind_of(here.at("rule").text(), article)
    params = read_params(here, kind, set(OWN))
    return Term(article, kind.name, params, read_text(here.at("text")))


def kind_of(name: str, article: str) -> TermKind:
    """The kind called `name`. Raises `Malformed`: a rule we do not know is never skipped."""
    kind = KINDS.get(name)
    if kind is None:
        raise Malformed(
            f"article {article} is of a kind this program does not know: {name[:60]!r}",
            "the kinds are listed in docs/term-kinds.md; a newer program may know this one",
        )
    return kind


def read_params(at: Cursor, kind: TermKind, besides: set[str]) -> dict[str, Any]:
    """The parameters of `kind` among the members at `at`; members in `besides` are somebody else's."""
    params: dict[str, Any] = {}
    for name, item in at.entries():
        if name in besides:
            continue
        param = kind.params.get(name)
        if param is None:
            raise Malformed(f"{at.where} ({kind.name}) has a parameter this kind does not have: {name[:60]!r}")
        params[name] = read_param(item, param)
    return params


def missing_params(kind: TermKind, params: Mapping[str, Any]) -> list[str]:
    """The parameters without which the kind means nothing."""
    return sorted(name for name, param in kind.params.items() if param.needed and name not in params)


def read_param(at: Cursor, param: Param) -> Any:
    """One parameter's value: lists become tuples. Raises `Malformed`."""
    if at.is_null():
        if not param.nullable:
            raise at.refuse(f"{_article(param.type)}, and cannot be null")
        return None
    value = _READERS[param.type](at)
    if param.choices is not None:
        named = (value,) if isinstance(value, str) else tuple(value)
        if outside := [item for item in named if item not in param.choices]:
            raise Malformed(f"{at.where} has {outside[0][:60]!r}; it must be one of {', '.join(sorted(param.choices))}")
    return value


def term_json(term: Term) -> dict[str, Any]:
    """The term as it stands in the signed text."""
    params = {name: plain_json(value) for name, value in term.params.items()}
    return {"article": term.article, "rule": term.rule, "text": dict(term.text), **params}


def plain_json(value: Any) -> Any:
    """`value` with tuples as lists and mappings as objects."""
    if isinstance(value, tuple):
        return [plain_json(item) for item in value]
    if isinstance(value, Mapping):
        return {name: plain_json(item) for name, item in value.items()}
    return value


def _integer_map(at: Cursor) -> dict[str, int]:
    return {name: item.integer() for name, item in at.entries()}


def _article(kind: Type) -> str:
    return f"{'an' if kind.value[0] in 'aeiou' else 'a'} {kind.value}"


_READERS: Mapping[Type, Callable[[Cursor], Any]] = {
    Type.TEXT: Cursor.text,
    Type.INTEGER: Cursor.integer,
    Type.BOOLEAN: Cursor.boolean,
    Type.DATE: Cursor.date,
    Type.TEXTS: Cursor.texts,
    Type.TEXT_MAP: Cursor.text_map,
    Type.INTEGER_MAP: _integer_map,
}
