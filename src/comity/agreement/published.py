"""A published instrument in the vocabulary's form: `status`, one text a term, no keys, authorities or annexes.

Such an instrument can be decided on and never signed: `check` refuses it.
"""

import re

from comity.agreement import duration
from comity.agreement.cursor import Cursor
from comity.agreement.events import read_events
from comity.agreement.instrument import Agreement, Life, Party, Term, Texts
from comity.agreement.term import read_term
from comity.agreement.text import party_id
from comity.labels.equivalence import Equivalence

_NEEDED = ("id", "title", "parties", "levels", "equivalence", "status", "terms")
_OPTIONAL = ("source", "notes")
_NOTICE = re.compile(r"(termination|non_renewal|withdrawal)_notice_(days|months|years)")
_ROW = re.compile(r"[A-Za-z0-9-]{1,32}(_alt|_latin)?")
_ENTRY = (
    (r"first day of (the )?second month", "first-day-of-second-month-after-"),
    (r"first day of (the )?(next |following )?month", "first-day-of-month-after-"),
    (r"\b(notes?|notifications?)\b", "on-"),
)


def from_published(value: object) -> Agreement:
    """The instrument in `value`. Raises `Malformed` for a member, kind or parameter the vocabulary does not name."""
    at = Cursor(value, "the instrument")
    at.members(_NEEDED, _OPTIONAL)
    levels = {name: item.texts() for name, item in at.at("levels").entries()}
    terms = tuple(_term(item) for item in at.at("terms").items())
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


def _row(at: Cursor) -> dict[str, str | None]:
    row: dict[str, str | None] = {}
    for name, item in at.entries():
        if not _ROW.fullmatch(name):
            raise at.refuse("a row of the table: `en`, parties, `XX_alt` and `XX_latin`")
        row[name] = None if item.is_null() else item.text()
    return row


def _text(at: Cursor) -> Texts:
    return {"en": at.text()}


def _term(at: Cursor) -> Term:
    term = read_term(at, _text)
    if term.rule != "entry-into-force" or "rule_text" in term.params:
        return term
    rule = _entry_rule(term.text["en"].lower())
    return Term(term.article, term.rule, {**term.params, **rule}, term.text)


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
    at.members({"signed"}, {"in_force_from", "provisional_from", "duration", "events", *notices})
    written = at.optional("duration", Cursor.text)
    if written is not None:
        duration.parse(written, "the instrument's duration")
    return Life(
        signed=at.at("signed").date(),
        in_force_from=at.optional("in_force_from", Cursor.date),
        provisional_from=at.optional("provisional_from", Cursor.date),
        duration=written,
        non_renewal_notice=_notice(at, "non_renewal"),
        termination_notice=_notice(at, "termination") or _notice(at, "withdrawal"),
        events=read_events(at.get("events"), terms),
    )


def _notice(at: Cursor, what: str) -> str | None:
    """`what`'s notice as a period. Where days and months both stand, the months count."""
    for unit, letter in (("months", "M"), ("days", "D"), ("years", "Y")):
        if (item := at.get(f"{what}_notice_{unit}")) is not None:
            return f"P{item.integer()}{letter}"
    return None
