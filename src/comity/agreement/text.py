"""An agreement as it is written: authors' YAML, JSON between machines, and the one form that is signed.

The format is `comity-agreement/1`; docs/agreement.md describes it and docs/agreement.schema.json is its schema.
"""

import base64
import hashlib
import re
from typing import Any

from whenever import ItemizedDateDelta

from comity.agreement.cursor import Cursor
from comity.agreement.duration import parse as parse_duration
from comity.agreement.events import event_json, read_events
from comity.agreement.instrument import Agreement, Authority, Life, Party, PartyKey, Term, Texts
from comity.agreement.span import Span, Unit
from comity.agreement.span import of as span_of
from comity.agreement.span import parse as parse_span
from comity.agreement.term import kind_of, missing_params, read_term, term_json
from comity.core import certificate, strictjson, yamltext
from comity.core.errors import Malformed
from comity.core.keys import PublicKey, from_base64
from comity.labels.equivalence import Equivalence

FORMAT = "comity-agreement/1"
MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 12
HPKE_BYTES = 1216
"""ML-KEM-768 (1,184) and X25519 (32), one after the other."""

MAY = frozenset({"receive", "consent", "sign", "approve-visit", "certify", "notify"})
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PARTY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_WORD = re.compile(r"[a-z][a-z-]{1,39}")
_NEEDED = (
    "format",
    "id",
    "version",
    "title",
    "source",
    "fictional",
    "parties",
    "levels",
    "equivalence",
    "life",
    "terms",
)
_OPTIONAL = ("authorities", "keys", "time_words", "languages", "prevailing")
_LIFE = ("in_force_from", "provisional_from", "duration", "non_renewal_notice", "termination_notice", "events")


def from_yaml(raw: bytes) -> Agreement:
    """The agreement an author wrote. Raises `Malformed`."""
    return _agreement(Cursor(yamltext.parse(raw, "the agreement"), "the agreement", plain=True))


def from_json(raw: bytes) -> Agreement:
    """The agreement in JSON. Raises `Malformed`."""
    value = strictjson.parse(raw, "the agreement", max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    return _agreement(Cursor(value, "the agreement"))


def canonical(agreement: Agreement) -> bytes:
    """The bytes that are signed: RFC 8785 over `to_json`."""
    return strictjson.canonical(to_json(agreement))


def digest(agreement: Agreement) -> str:
    """SHA-256 of the canonical bytes, in hex. It moves when an event is added: keep the signed version's own."""
    return hashlib.sha256(canonical(agreement)).hexdigest()


def to_json(agreement: Agreement) -> dict[str, Any]:
    """Every member in one spelling: what is absent or empty is left out."""
    members: dict[str, Any] = {
        "format": FORMAT,
        "id": agreement.id,
        "version": agreement.version,
        "title": dict(agreement.title),
        "source": agreement.source,
        "fictional": agreement.fictional,
        "languages": list(agreement.languages),
        "prevailing": agreement.prevailing,
        "parties": [{"id": party.id, "name": dict(party.name)} for party in agreement.parties],
        "levels": {party: list(names) for party, names in agreement.levels.items()},
        "equivalence": [dict(row) for row in agreement.equivalence.rows],
        "life": _life_json(agreement.life),
        "terms": [term_json(term) for term in agreement.terms],
    }
    if agreement.authorities:
        members["authorities"] = [_authority_json(authority) for authority in agreement.authorities]
    if agreement.keys:
        members["keys"] = [_key_json(entry) for entry in agreement.keys]
    if agreement.time_words:
        members["time_words"] = {word: _span_json(span) for word, span in agreement.time_words.items()}
    return members


def _agreement(at: Cursor) -> Agreement:
    if not isinstance(at.value, dict) or at.value.get("format") != FORMAT:
        raise Malformed(f"this is not an agreement we read: it must say `format: {FORMAT}`")
    at.members(_NEEDED, _OPTIONAL)
    parties = tuple(_party(item) for item in at.at("parties").items())
    levels = {name: item.texts() for name, item in at.at("levels").entries()}
    terms = tuple(_term(item) for item in at.at("terms").items())
    if not terms or len(parties) < 2:
        raise Malformed("an agreement has at least two parties and one term")
    return Agreement(
        id=matching(at.at("id"), _ID, "a name of letters, digits, dots and dashes"),
        version=at.at("version").integer(),
        title=_texts(at.at("title")),
        source=at.at("source").text(),
        fictional=at.at("fictional").boolean(),
        parties=parties,
        levels=levels,
        equivalence=Equivalence.of(levels, [read_row(item, levels) for item in at.at("equivalence").items()]),
        life=_life(at.at("life"), terms),
        terms=terms,
        authorities=tuple(_authority(item) for item in at.at("authorities").items()) if at.get("authorities") else (),
        keys=tuple(_key(item) for item in at.at("keys").items()) if at.get("keys") else (),
        time_words=at.optional("time_words", _time_words) or {},
        languages=at.optional("languages", Cursor.texts) or ("en",),
        prevailing=at.optional("prevailing", Cursor.text) or "en",
    )


def matching(at: Cursor, form: re.Pattern[str], wanted: str) -> str:
    value = at.text()
    if not form.fullmatch(value):
        raise at.refuse(wanted)
    return value


def party_id(at: Cursor) -> str:
    return matching(at, _PARTY, "a party's short name")


def read_row(at: Cursor, levels: dict[str, tuple[str, ...]]) -> dict[str, str | None]:
    """One row of the table: `en`, each party's term or null, `XX_alt` and `XX_latin`."""
    names = {f"{party}{suffix}" for party in levels for suffix in ("", "_alt", "_latin")}
    at.members({"en"}, names)
    return {name: None if item.is_null() else item.text() for name, item in at.entries()}


def _texts(at: Cursor) -> Texts:
    found = {}
    for language, item in at.entries():
        if not _LANGUAGE.fullmatch(language):
            raise Malformed(f"{at.where} is in a language written as no tag is: {language[:20]!r}")
        found[language] = item.text()
    if not found:
        raise at.refuse("a text in at least one language")
    return found


def _term(at: Cursor) -> Term:
    term = read_term(at, _texts)
    if missing := missing_params(kind_of(term.rule, term.article), term.params):
        raise Malformed(f"article {term.article} ({term.rule}) lacks {missing[0]!r}, without which it means nothing")
    return term


def _party(at: Cursor) -> Party:
    at.members({"id", "name"})
    return Party(party_id(at.at("id")), _texts(at.at("name")))


def _life(at: Cursor, terms: tuple[Term, ...]) -> Life:
    at.members({"signed"}, _LIFE)
    duration = at.optional("duration", Cursor.text)
    if duration is not None:
        parse_duration(duration, "the agreement's duration")
    return Life(
        signed=at.at("signed").date(),
        in_force_from=at.optional("in_force_from", Cursor.date),
        provisional_from=at.optional("provisional_from", Cursor.date),
        duration=duration,
        non_renewal_notice=at.optional("non_renewal_notice", _span),
        termination_notice=at.optional("termination_notice", _span),
        events=read_events(at.get("events"), terms),
    )


def _span(at: Cursor) -> str:
    value = at.text()
    try:
        if ItemizedDateDelta.parse_iso(value).format_iso() == value and value.startswith("P"):
            return value
    except ValueError:
        pass
    raise at.refuse("a period like P90D or P6M")


def _authority(at: Cursor) -> Authority:
    at.members({"id", "party", "name", "may"}, {"up_to_en", "annexes"})
    may = frozenset(at.at("may").texts())
    if unknown := sorted(may - MAY):
        raise Malformed(f"{at.where} may do something we do not know: {unknown[0][:40]!r}")
    annexes = at.optional("annexes", Cursor.texts)
    return Authority(
        id=matching(at.at("id"), _ID, "a name of letters, digits, dots and dashes"),
        party=party_id(at.at("party")),
        name=_texts(at.at("name")),
        may=may,
        up_to_en=at.optional("up_to_en", Cursor.text),
        annexes=None if annexes is None else frozenset(annexes),
    )


def _authority_json(authority: Authority) -> dict[str, Any]:
    members: dict[str, Any] = {
        "id": authority.id,
        "party": authority.party,
        "name": dict(authority.name),
        "may": sorted(authority.may),
    }
    if authority.up_to_en is not None:
        members["up_to_en"] = authority.up_to_en
    if authority.annexes is not None:
        members["annexes"] = sorted(authority.annexes)
    return members


def _key(at: Cursor) -> PartyKey:
    at.members({"party", "key"}, {"hpke", "tls"})
    party = party_id(at.at("party"))
    hpke = None if (given := at.get("hpke")) is None else from_base64(given.value, given.where)
    if hpke is not None and len(hpke) != HPKE_BYTES:
        raise Malformed(f"{at.where}, hpke is not an ML-KEM-768 and X25519 public key of {HPKE_BYTES:,} bytes")
    pins = at.optional("tls", Cursor.texts)
    return PartyKey(
        party=party,
        key=PublicKey.from_json(at.value["key"], f"the key of {party}"),
        hpke=hpke,
        tls=() if pins is None else certificate.check_pins(pins, f"{at.where}, tls"),
    )


def _key_json(entry: PartyKey) -> dict[str, Any]:
    members: dict[str, Any] = {"party": entry.party, "key": entry.key.as_json()}
    if entry.hpke is not None:
        members["hpke"] = base64.b64encode(entry.hpke).decode()
    if entry.tls:
        members["tls"] = list(entry.tls)
    return members


def _time_words(at: Cursor) -> dict[str, Span]:
    found = {}
    for word, item in at.entries():
        if not _WORD.fullmatch(word):
            raise Malformed(f"{item.where} is not a word of a text, in lower case and hyphens")
        found[word] = _time(item)
    return found


def _time(at: Cursor) -> Span:
    """A number of hours, or a span in words (`10 working days`)."""
    if isinstance(at.value, str) and not at.value.isdecimal():
        return parse_span(at.value, at.where)
    return span_of(at.integer(), Unit.HOURS, at.where)


def _span_json(span: Span) -> int | str:
    return span.count if span.unit is Unit.HOURS else str(span)


def _life_json(life: Life) -> dict[str, Any]:
    members: dict[str, Any] = {
        "signed": life.signed,
        "in_force_from": life.in_force_from,
        "provisional_from": life.provisional_from,
        "duration": life.duration,
        "non_renewal_notice": life.non_renewal_notice,
        "termination_notice": life.termination_notice,
        "events": [event_json(event) for event in life.events] or None,
    }
    return {name: value for name, value in members.items() if value is not None}
