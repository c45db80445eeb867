"""A published instrument in the vocabulary's form: `status`, one text a term, no keys, authorities or annexes.

Such an instrument can be decided on and never signed: `check` refuses it. What it says in words of its own is put into
ours here; what cannot be put so is refused.
"""

import re
from collections.abc import Iterator
from typing import Any

from comity.agreement import duration
from comity.agreement.cursor import Cursor
from comity.agreement.events import read_events
from comity.agreement.instrument import Agreement, Life, Party, Term, Texts
from comity.agreement.kinds.life import ENTRY
from comity.agreement.kinds.params import REQUIRES_ALL
from comity.agreement.term import kind_of, read_term
from comity.agreement.text import party_id
from comity.core.errors import Malformed
from comity.labels.equivalence import Equivalence

_NEEDED = ("id", "title", "parties", "levels", "equivalence", "status", "terms")
_OPTIONAL = ("source", "notes", "note", "fictional")
_NOTICE = re.compile(r"(termination|non_renewal|withdrawal)_notice_(days|months|years)")
_ROW = re.compile(r"([A-Za-z0-9-]{1,32})(_alt|_latin)?\d*")
_ENTRY = (
    (r"first day of (the )?second month", "first-day-of-second-month-after-"),
    (r"first day of (the )?(next |following )?month", "first-day-of-month-after-"),
    (r"\b(notes?|notifications?)\b", "on-"),
)
_LASTS = (
    (r"\bmax(?:imum)? (\d{1,3}) ?y", "max {0}y"),
    (
        r"(\d{1,3}) ?y\b.*(?:extended|extension|renew).*?\b(?:by )?(\d{1,3}) ?y",
        "{0}y then automatic extension by {1}y unless notice",
    ),
    (r"(\d{1,3}) ?y\b.*(?:extended|extension|renew|yearly)", "{0}y then automatic extension by 1y unless notice"),
    (r"(\d{1,3}) ?y(?:ears?)?", "{0}y"),
    (r"\b(?:indefinite|unlimited|until (?:terminated|denounced))", "indefinite"),
)
"""How long an instrument lasts, in other words than the grammar's: the first that fits, a fixed term before an open."""


def from_published(value: object) -> Agreement:
    """The instrument in `value`. Raises `Malformed` for a member, kind or parameter the vocabulary does not name."""
    at = Cursor(value, "the instrument")
    at.members(_NEEDED, _OPTIONAL)
    levels = {name: _ladder(item) for name, item in at.at("levels").entries()}
    terms = tuple(term for item in at.at("terms").items() for term in _terms(item))
    identity, title = at.at("id").text(), at.at("title").text()
    return Agreement(
        id=identity,
        version=1,
        title={"en": title},
        source=at.optional("source", Cursor.text) or "",
        fictional="fiction" in f"{identity} {title}".lower(),
        parties=tuple(Party(party_id(item), {"en": item.text()}) for item in at.at("parties").items()),
        levels=levels,
        equivalence=Equivalence.of(levels, [_row(item) for item in at.at("equivalence").items()]),
        life=_life(at.at("status"), terms),
        terms=terms,
    )


def _ladder(at: Cursor) -> tuple[str, ...]:
    """A party's levels, lowest first. A name that stands twice (SE `HEMLIG`) is one level."""
    return tuple(dict.fromkeys(item.text() for item in at.items()))


def _row(at: Cursor) -> dict[str, Any]:
    """A row. A cell that lists several terms has its first as the term and the others beside it."""
    row: dict[str, Any] = {}
    for name, item in at.entries():
        found = _ROW.fullmatch(name)
        if found is None:
            raise at.refuse("a row of the table: `en`, parties, `XX_alt` and `XX_latin`")
        cells = [part.text() for part in item.items()] if isinstance(item.value, list) else []
        party, beside = found[1], found[2]
        if beside is None:
            row[party] = cells[0] if cells else None if item.is_null() else item.text()
            beside, cells = "_alt", cells[1:]
        elif not cells and not item.is_null():
            cells = [item.text()]
        if cells:
            row[party + beside] = [*row.get(party + beside, ()), *cells]
    return row


def _text(at: Cursor) -> Texts:
    return {"en": at.text()}


def _terms(at: Cursor) -> Iterator[Term]:
    """The term at `at`; where it speaks of several levels of one party, one term for each."""
    if not isinstance(at.value, dict):
        raise at.refuse("an object")
    for value in _apart(at.value):
        term = read_term(Cursor(value, at.where, at.plain), _text)
        if term.rule == "entry-into-force" and "rule_text" not in term.params:
            term = Term(term.article, term.rule, {**term.params, **_entry_rule(term.text["en"].lower())}, term.text)
        yield term


def _apart(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The term in our words: one level at a time, one item for a list of one, a rule of entry from its words."""
    article = value.get("article")
    value = dict(value)
    kind = kind_of(str(value.get("rule")), str(article))
    if kind.params.get("requires") == REQUIRES_ALL and isinstance(value.get("requires"), str):
        value["requires"] = [value["requires"]]
    written = value.get("rule_text")
    if isinstance(written, str) and written not in ENTRY:
        del value["rule_text"]
        value |= _entry_rule(written.lower().replace("-", " "))
    levels = value.get("level")
    several = (
        next((party for party, names in levels.items() if isinstance(names, list) and names), None)
        if isinstance(levels, dict)
        else None
    )
    if several is None or not isinstance(levels, dict):
        yield value
        return
    for name in levels[several]:
        yield from _apart({**value, "level": {**levels, several: name}})


def _entry_rule(text: str) -> dict[str, str]:
    """Published terms often say how they enter into force only in their text; these are the sentences they use."""
    if re.search(r"\b(days|weeks|months|years)\b", text):
        return {}
    last = "last-notification" if re.search(r"\b(last|both|second|latter)\b(?! month)", text) else "notification"
    for sentence, prefix in _ENTRY:
        if re.search(sentence, text):
            return {"rule_text": prefix + last}
    return {"rule_text": "on-signature"} if "signature" in text else {}


def _life(at: Cursor, terms: tuple[Term, ...]) -> Life:
    names = set(at.value) if isinstance(at.value, dict) else set()
    notices = {name for name in names if _NOTICE.fullmatch(name)}
    at.members((), {"signed", "in_force_from", "provisional_from", "duration", "events", "notes", *notices})
    dates = {name: at.optional(name, Cursor.date) for name in ("signed", "provisional_from", "in_force_from")}
    signed = next((date for date in dates.values() if date is not None), None)
    if signed is None:
        raise Malformed(f"{at.where} says on no date that it was signed or entered into force")
    return Life(
        signed=signed,
        in_force_from=dates["in_force_from"],
        provisional_from=dates["provisional_from"],
        duration=at.optional("duration", _lasts),
        non_renewal_notice=_notice(at, "non_renewal"),
        termination_notice=_notice(at, "termination") or _notice(at, "withdrawal"),
        events=read_events(at.get("events"), terms),
    )


def _lasts(at: Cursor) -> str:
    """The duration in the grammar's words.

    A published `Ny+extensions` was extended: no event of the vocabulary could say so, nor that it was not.
    """
    written = at.text()
    if not written.endswith("extensions"):
        try:
            duration.parse(written, at.where)
        except Malformed:
            pass
        else:
            return written
    for sentence, form in _LASTS:
        if found := re.search(sentence, written.lower()):
            said = form.format(*found.groups())
            duration.parse(said, at.where)
            return said
    duration.parse(written, at.where)
    return written


def _notice(at: Cursor, what: str) -> str | None:
    """`what`'s notice as a period. Where days and months both stand, the months count."""
    for unit, letter in (("months", "M"), ("days", "D"), ("years", "Y")):
        if (item := at.get(f"{what}_notice_{unit}")) is not None:
            return f"P{item.integer()}{letter}"
    return None
