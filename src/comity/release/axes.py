"""The axes along which two texts are compared: for each, the values that rules can tell apart, the freest first.

An axis is what a class, a reader or a fact can be; its values are taken from both texts, so that nothing that either
names is left out, and stand for everything like them. Each value has fields, and a rule reads fields: two values that
agree on every field a rule read are one region to it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from comity.agreement.instrument import Agreement
from comity.labels.label import ALL, Pap, Tlp
from comity.release.audience import clearances, readers
from comity.release.circumstances import Circumstance, Setting, circumstances
from comity.release.facts import Approval, Consent, Transmission, Visit
from comity.release.named import FITTING, HOLDER, OUTSIDER, RECIPIENT, Names, Value
from comity.release.question import Act

Axes = Mapping[str, tuple[Value, ...]]


def axes(old: Agreement, new: Agreement, now: datetime) -> dict[str, tuple[Value, ...]]:
    """Every axis, in the order in which it is read out. `now` is the instant at which both are taken to be in force."""
    names = Names((old, new), now)
    return {
        "act": tuple(Value(act.value, {"act": act}) for act in Act),
        "between": _between(names),
        "reader": readers(names),
        "clearance": clearances(names),
        **{name: _yes_no(name, words) for name, words in PERSON.items()},
        **{f"firm.{name}": _yes_no(name, words) for name, words in FIRM.items()},
        "mark": _marks(names),
        "tlp": _each("tlp", [None, *_tlps(names)], lambda tlp: "no TLP" if tlp is None else tlp.text),
        "pap": _each("pap", [None, *Pap], lambda pap: "no PAP" if pap is None else f"PAP:{pap.value}"),
        "caveats": _each("caveats", _caveats(names), lambda some: ", ".join(sorted(some)) or "no caveat"),
        "rel_to": _each("rel_to", _rel_to(names), _rel_words),
        "purposes": _each("purposes", [None, frozenset({"another"})], _purposes_words),
        "personal": _yes_no("personal", "people's data", first=False),
        "annex": _each("annex", _annexes(names), lambda name: f"annex {name}" if name else "no annex"),
        "kind": _each(
            "kind", _kinds(names), lambda kind: "a kind the annex covers" if kind == FITTING else f"kind {kind}"
        ),
        "purpose": _each(
            "purpose", _purposes(names), lambda name: "a purpose the annex covers" if name == FITTING else f"for {name}"
        ),
        "intended": _each(
            "intended_purpose",
            [None, *_other_purposes(names)],
            lambda name: "as it was given" if name is None else f"used for {name}",
        ),
        "consents": _consents(names),
        "approvals": _approvals(names),
        "channel": _channels(names),
        "to_level": _each(
            "to_level",
            [None, *(level for party in names.parties for level in names.levels(party))],
            lambda level: "to no level" if level is None else f"to {level}",
        ),
        "visit": _visits(names),
        "circumstance": tuple(_special(one) for one in circumstances(_setting(names))),
        "force": (
            Value("in force", {"force": "in-force", "ended": False}),
            Value("suspended", {"force": "suspended", "ended": False}),
            Value("ended", {"force": "ended", "ended": True}),
        ),
    }


PERSON = {
    "need_to_know": "need to know",
    "briefed": "briefed",
    "acknowledged": "briefing acknowledged",
}
"""What a person who would see it may be, each the freer way first."""

FIRM = {
    "assured": "its clearance assured",
    "confirmed": "its clearances confirmed",
    "capability": "able to protect",
    "firm_briefed": "its people briefed",
    "inspected": "inspected",
    "security_clause": "a security clause",
    "security_annex": "a security annex",
    "nda": "a non-disclosure agreement",
    "measures": "foreign control contained",
    "staff_cleared": "its staff cleared",
}


def _setting(names: Names) -> Setting:
    levels = {party: names.levels(party) for party in names.parties}
    return Setting(names.parties, names.now, names.kinds, levels, names.params)


def _special(one: Circumstance) -> Value:
    event = one.facts.get("event")
    return Value(one.words, {"circumstance": one, "event": event, "happened": event is not None})


def _yes_no(name: str, words: str, *, first: bool = True) -> tuple[Value, ...]:
    said = {True: words, False: f"not {words}" if first else f"no {words}"}
    return tuple(Value(said[value], {name: value}) for value in (first, not first))


def _each(name: str, values: Iterable[Any], words: Any) -> tuple[Value, ...]:
    return tuple(Value(words(value), {name: value}) for value in dict.fromkeys(values))


def _between(names: Names) -> tuple[Value, ...]:
    """Every ordered pair, in the order of the texts' parties."""
    pairs = [(one, other) for one in names.parties for other in names.parties if one != other]
    return tuple(Value(f"{one} to {other}", {"holder": one, "recipient": other}) for one, other in pairs)


def _marks(names: Names) -> tuple[Value, ...]:
    own: list[tuple[str, str, str | None]] = [
        ("the holder's, unclassified", HOLDER, None),
        ("the recipient's, unclassified", RECIPIENT, None),
    ]
    own += [(f"{party} {level}", party, level) for party in names.parties for level in names.levels(party)]
    own += [(f"{OUTSIDER}'s, unclassified", OUTSIDER, None), (f"{OUTSIDER} SECRET", OUTSIDER, "SECRET")]
    return tuple(Value(words, {"origin": origin, "level": level}) for words, origin, level in own)


def _caveats(names: Names) -> list[frozenset[str]]:
    some = [str(text) for text in names.params("marking") if isinstance(text, str)]
    some += ["NO CONTRACTORS", *(f"EYES ONLY {party}" for party in names.parties), "A CAVEAT NOBODY KNOWS"]
    return [frozenset(), *(frozenset({text}) for text in dict.fromkeys(some))]


def _tlps(names: Names) -> list[Tlp]:
    """CLEAR, every TLP that either text names, and the next above each."""
    named = {
        Tlp.CLEAR,
        *(Tlp.of(str(text)) for text in names.params("up_to", "onward_up_to", "up_to_tlp") if text in _TLP),
    }
    return sorted(named | {Tlp(tlp + 1) for tlp in named if tlp < Tlp.RED})


_TLP = frozenset(tlp.name.replace("_", "+") for tlp in Tlp)


def _rel_to(names: Names) -> list[Any]:
    return [ALL, None, *(frozenset({party}) for party in names.parties)]


def _rel_words(rel_to: Any) -> str:
    if rel_to is None:
        return "no REL TO"
    return f"REL TO {', '.join(sorted(rel_to)) if isinstance(rel_to, frozenset) else 'all'}"


def _purposes_words(some: Any) -> str:
    return "no purposes set" if some is None else "other purposes set by its originator"


def _annexes(names: Names) -> list[str | None]:
    """Those with a term of their own first."""
    own = {str(term.params["annex"]) for text in names.texts for term in text.of("comity-annex")}
    maps = [term.params.get(name) or () for name in ("annexes", "annexes_allowing") for term in names.terms]
    return [*sorted(own), *sorted({str(name) for named in maps for name in named} - own), None]


def _kinds(names: Names) -> list[str]:
    named = [str(kind) for kind in names.params("kinds")]
    exact = [kind.replace("*", "any/1") for kind in named]
    return [FITTING, *exact, "document", "another.kind/1"]


def _purposes(names: Names) -> list[str]:
    return [FITTING, *map(str, names.params("purposes", "allowed_purposes")), "another"]


def _other_purposes(names: Names) -> list[str]:
    return [*map(str, names.params("purposes", "allowed_purposes")), "another"]


BESIDE = ("use", "archive", "contract", "arrangement")
"""Scopes of a consent that some rule asks for beside the act's own name."""


def _givers(names: Names) -> list[str]:
    named = [
        f"{party}-{name}"
        for text in names.texts
        for term in text.of("competent-authorities")
        for party, name in (term.params.get("authorities") or {}).items()
    ]
    committees = ["joint-committee"] if "joint-committee" in names.kinds else []
    committees += ["steering-committee"] if "steering-committee" in names.params("consent_from") else []
    firms = ["firm"] if {"proprietary", "participant-background"} & names.kinds else []
    return [*dict.fromkeys((*names.parties, *sorted(named), *committees, *firms, OUTSIDER))]


def _given(names: Names, givers: Iterable[str], *, written: bool = True) -> dict[Act, frozenset[Consent]]:
    """By act, the consents of all of these, to whatever a rule may ask for."""
    on, speaking = names.now - timedelta(days=2), list(givers)
    return {
        act: frozenset(Consent(by, scope, on, written=written) for by in speaking for scope in (act.value, *BESIDE))
        for act in Act
    }


def _consents(names: Names) -> tuple[Value, ...]:
    every = _givers(names)
    some = [
        ("everyone consented", _given(names, every)),
        ("nobody consented", _given(names, ())),
        ("everyone consented by word of mouth", _given(names, every, written=False)),
    ]
    for party in names.parties:
        speaking = [by for by in every if by == party or by.startswith(f"{party}-")]
        some.append((f"only {party} consented", _given(names, speaking)))
    return tuple(Value(words, {"consents": given}) for words, given in some)


def _approvals(names: Names) -> tuple[Value, ...]:
    on = names.now - timedelta(days=2)
    every = _givers(names)
    some = [
        Value("everyone approved", {"approvals": frozenset(Approval(by, on) for by in every)}),
        Value("nobody approved", {"approvals": frozenset()}),
    ]
    for party in names.parties:
        speaking = frozenset(Approval(by, on) for by in every if by == party or by.startswith(f"{party}-"))
        some.append(Value(f"only {party} approved", {"approvals": speaking}))
    return tuple(some)


def _channels(names: Names) -> tuple[Value, ...]:
    named = [str(name) for name in names.params("approved_channels", "forbidden")]
    plain = dict.fromkeys((*named, "diplomatic-bag", "electronic", "courier", "internet", "a-channel-nobody-named"))
    agreed = Transmission("electronic", encryption="agreed", agreed_procedure="agreed")
    return (
        Value("by an approved channel", {"transmission": Transmission("approved")}),
        *(Value(f"by {name}", {"transmission": Transmission(name)}) for name in plain),
        Value("electronically, as agreed", {"transmission": agreed}),
        Value("by a courier without certificate", {"transmission": Transmission("courier", courier_certificate=False)}),
        Value("by no channel yet", {"transmission": Transmission()}),
        *(
            Value(f"by way of {via}", {"transmission": Transmission("approved", route=f"via:{via}")})
            for via in names.params("via")
        ),
        Value("by another way round", {"transmission": Transmission("approved", route="via:elsewhere")}),
    )


def _visits(names: Names) -> tuple[Value, ...]:
    """Requests of the recipient's people to the holder, by lead, length and what they state."""
    wanted = frozenset(str(name) for name in names.params("required_fields"))
    day, leads = (
        names.now.date(),
        {int(days) for days in names.params("lead_days", "urgent_days") if isinstance(days, int)},
    )
    leads |= {int(days) for days in names.params("lead_working_days") if isinstance(days, int)}
    months = sorted({int(count) for count in names.params("max_months") if isinstance(count, int)})

    def request(lead: int, *, fields_: frozenset[str] = wanted, urgent: bool = False, length: int = 1) -> Visit:
        start = day + timedelta(days=lead)
        return Visit(
            HOLDER,
            fields_,
            submitted=day,
            starts=start,
            period=(start, start + timedelta(days=length)),
            working_days=lead,
            urgent=urgent,
        )

    edges = sorted({max(lead + step, 0) for lead in leads for step in (-1, 0)} | {0}, reverse=True)
    far = max(edges) + 400
    found = [("a visit asked for long before", request(far)), ("no visit asked for", None)]
    found += [(f"a visit asked for {lead} days before", request(lead)) for lead in edges]
    found += [(f"an urgent visit asked for {lead} days before", request(lead, urgent=True)) for lead in edges]
    found += [(f"a visit of {31 * count + 1} days", request(far, length=31 * count + 1)) for count in months]
    found += [(f"a visit that does not state {name}", request(far, fields_=wanted - {name})) for name in sorted(wanted)]
    return tuple(Value(words, {"visit": visit, "asked": visit is not None}) for words, visit in found)
