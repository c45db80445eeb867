"""What one text says and another does not, in words: article by article, level by level, parties, annexes, life."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from comity.agreement.instrument import Agreement, Term
from comity.agreement.term import plain_json
from comity.core import strictjson

MAX_WORDS = 160


@dataclass(frozen=True, slots=True)
class Change:
    """`where` is an article, or a part of the head. `was` is empty for what is new, `becomes` for what is gone."""

    where: str
    what: str
    was: str
    becomes: str

    def __str__(self) -> str:
        if not self.was:
            return f"{self.where}: {self.what} is new: {self.becomes}"
        if not self.becomes:
            return f"{self.where}: {self.what} is gone; it was: {self.was}"
        return f"{self.where}: {self.what} was {self.was}, becomes {self.becomes}"

    def mirrored(self) -> "Change":
        return Change(self.where, self.what, self.becomes, self.was)


def changes(old: Agreement, new: Agreement) -> tuple[Change, ...]:
    """Every difference, the head first, then the articles in the order of the texts. Versions and keys are no words."""
    return (*_head(old, new), *_levels(old, new), *_authorities(old, new), *_articles(old, new))


def _head(old: Agreement, new: Agreement) -> Iterator[Change]:
    yield from _members("title", dict(old.title), dict(new.title))
    yield from _members(
        "parties",
        {party.id: dict(party.name) for party in old.parties},
        {party.id: dict(party.name) for party in new.parties},
    )
    plain = {
        "source": (old.source, new.source),
        "fictional": (old.fictional, new.fictional),
        "languages": (old.languages, new.languages),
        "prevailing language": (old.prevailing, new.prevailing),
    }
    for what, (was, becomes) in plain.items():
        if was != becomes:
            yield Change("head", what, _said(was), _said(becomes))
    yield from _members("life", asdict(old.life), asdict(new.life))
    hours = ({word: str(span) for word, span in text.time_words.items()} for text in (old, new))
    yield from _members("time words", *hours)


def _levels(old: Agreement, new: Agreement) -> Iterator[Change]:
    for party in dict.fromkeys((*old.levels, *new.levels)):
        was, becomes = old.levels.get(party, ()), new.levels.get(party, ())
        if was != becomes:
            yield Change("levels", party, ", ".join(was), ", ".join(becomes))
    rows = ({_row(row): _said(dict(row)) for row in text.equivalence.rows} for text in (old, new))
    yield from _members("equivalence", *rows)


def _row(row: Mapping[str, Any]) -> str:
    return str(row.get("en") or strictjson.canonical(dict(row)).decode())


def _authorities(old: Agreement, new: Agreement) -> Iterator[Change]:
    both = (
        {
            one.id: {
                "party": one.party,
                "may": sorted(one.may),
                "up to": one.up_to_en,
                "annexes": None if one.annexes is None else sorted(one.annexes),
                "name": dict(one.name),
            }
            for one in text.authorities
        }
        for text in (old, new)
    )
    before, after = both
    for name in dict.fromkeys((*before, *after)):
        yield from _members(f"authority {name}", before.get(name, {}), after.get(name, {}))


def _articles(old: Agreement, new: Agreement) -> Iterator[Change]:
    before, after = _by_article(old), _by_article(new)
    for article in dict.fromkeys((*before, *after)):
        was, becomes = before.get(article, []), after.get(article, [])
        for place in range(max(len(was), len(becomes))):
            one = was[place] if place < len(was) else None
            other = becomes[place] if place < len(becomes) else None
            yield from _term(f"article {article}", one, other)


def _by_article(text: Agreement) -> dict[str, list[Term]]:
    found: dict[str, list[Term]] = {}
    for term in text.terms:
        found.setdefault(term.article, []).append(term)
    return found


def _term(where: str, old: Term | None, new: Term | None) -> Iterator[Change]:
    if old is None or new is None or old.rule != new.rule:
        yield Change(where, "the term", _whole(old), _whole(new))
        return
    yield from _members(where, dict(old.params), dict(new.params))
    yield from _members(f"{where}, words", dict(old.text), dict(new.text))


def _whole(term: Term | None) -> str:
    if term is None:
        return ""
    params = "".join(f", {name} {_said(value)}" for name, value in sorted(term.params.items()))
    return f"{term.rule}{params}"


def _members(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name) or (name in old) != (name in new):
            yield Change(where, name, _said(old[name]) if name in old else "", _said(new[name]) if name in new else "")


def _said(value: Any) -> str:
    """A value in words: long ones are cut, nothing is said where there is nothing."""
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else _plain(value)
    return text if len(text) <= MAX_WORDS else f"{text[:MAX_WORDS]}…"


def _plain(value: Any) -> str:
    plain = plain_json(value)
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, list):
        return ", ".join(_plain(one) if not isinstance(one, str) else one for one in plain) or "none"
    if isinstance(plain, dict):
        return ", ".join(f"{name} {_said(one)}" for name, one in plain.items()) or "none"
    return str(plain)
