"""A case as it is written (agreements/README): strict shape, with the defaults of that format filled in.

The engine has no defaults (DECISIONS 4); these are the format's: an absent channel is an approved one, an absent
disclosure decision is taken, an absent assurance is given, a briefed reader has acknowledged, a translator of whom
nothing is said is cleared, what nobody marked and nobody says is unmarked is
unclassified.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from comity.core.errors import Malformed
from comity.labels.equivalence import Equivalence
from comity.labels.label import Label, OriginLabel
from comity.release.caseparts import PARTS
from comity.release.caseshape import day, end_of, items, known, maybe, moment, optional, text, texts, truth
from comity.release.facts import Consent, Event, Facts, Transmission
from comity.release.question import Act
from comity.release.reader import Clearance, Contractor, PersonReader
from comity.release.subject import Subject

OBJECT = frozenset(
    [
        "type",
        "classification",
        "caveats",
        "origin",
        "owners",
        "sources",
        "portions",
        "annex",
        "purpose",
        "created",
        "language",
        "personal_data",
        "form",
        "marking",
        "markings",
        "english_term",
        "furnished_by",
        "handling",
        "holder",
        "id",
        "indicated_classified",
        "item",
        "note",
        "context_note",
        "passed_on",
        "producer",
        "public_since",
        "recipient_marking",
        "subject",
    ]
)
RECIPIENT = frozenset(
    [
        "party",
        "organisation",
        "kind",
        "nationality",
        "clearance",
        "need_to_know",
        "briefed",
        "acknowledged",
        "contractor",
        "entitled_by_function",
        "entitled_by_statute",
        "role",
    ]
)
OWNERSHIP = (
    "foci",
    "foreign_control",
    "foreign_controlled",
    "foreign_ownership",
    "controlled_by",
    "owned_by",
    "owner",
    "ownership",
    "foreign_owner",
    "control",
    "third_country_control",
    "foreign_influence",
)
MEASURES = ("measures", "enforceable_measures", "foci_measures", "mitigation", "mitigating_measures")
CLEARED = ("personnel_clearance", "personnel_cleared", "staff_cleared", "staff_clearance")
NAMES = ("name", "id", "contract", "contract_id", "prime", "prime_contractor", "parent", "note")
NOBODY = frozenset({"none", "no", "cleared"})
FIRM = frozenset(
    [
        "facility_clearance",
        "assurance",
        "confirmed",
        "capability",
        "briefed",
        "inspected",
        "security_clause",
        "security_annex",
        "nda",
        "approved_by",
        "contract_end",
    ]
) | {*OWNERSHIP, *MEASURES, *CLEARED, *NAMES, "country", "dsa_approval"}
CONTEXT = frozenset(PARTS) | frozenset(
    [
        "holder",
        "sender",
        "national_disclosure_decision",
        "consents",
        "owner_consents",
        "channel",
        "encryption",
        "agreed_procedure",
        "courier_certificate",
        "impractical_other_channels",
        "route",
        "transmitted_by",
        "event",
    ]
)


def read_subject(value: object, facts: Mapping[str, Any], table: Equivalence) -> Subject:
    """The object as a class. A level stands in the scheme of the party it names, and is read into its origin's.
    Raises `Malformed`."""
    got = known(value, OBJECT, "the object")
    origin, mark = text(got.get("origin"), "the object's origin"), got.get("classification")
    owners = texts(got.get("owners", []), "the object's owners")
    personal = truth(got.get("personal_data", False), "the object's personal_data")
    level = None
    if mark is not None:
        scheme = known(mark, frozenset({"party", "level"}), "the classification").get("party")
        level = text(mark.get("level"), "the level")
        if (party := optional(scheme, "the level's party")) not in (None, origin) and origin in table.levels:
            level = table.to(str(party), level, origin) or level
    caveats = texts(got.get("caveats", []), "the object's caveats")
    named = sorted(owners) if owners and origin not in owners and origin == "joint" else [origin]
    label = Label.of(*(OriginLabel(one, level, caveats, personal=personal) for one in named))
    separate = facts.get("portions_separately_owned") is True and bool(got.get("portions"))
    recipient_mark = got.get("recipient_marking") or {}
    return Subject(
        kind=text(got.get("type"), "the object's type"),
        label=label,
        annex=optional(got.get("annex"), "the annex"),
        purpose=optional(got.get("purpose"), "the purpose"),
        sources=_parts(got.get("sources", []), origin, "a source", personal=False),
        portions=_parts(got.get("portions", []), origin, "a portion", personal=False),
        owners=frozenset() if separate else owners,
        form=optional(got.get("form"), "the form"),
        language=optional(got.get("language"), "the language"),
        marking=optional(got.get("marking"), "the marking"),
        unmarked=mark is None and "marking" in got and got["marking"] is None,
        marks=texts(got["markings"], "the markings") if "markings" in got else None,
        handling=texts(got.get("handling", []), "the handling"),
        english_term=optional(got.get("english_term"), "the English term"),
        indicated=optional(got.get("indicated_classified"), "the indication"),
        furnished_by=optional(got.get("furnished_by"), "who furnished it"),
        producer=optional(got.get("producer"), "the producer"),
        topic=optional(got.get("subject"), "the subject"),
        item=optional(got.get("item"), "the item"),
        recipient_mark=optional(
            known(recipient_mark, frozenset({"party", "level"}), "the mark").get("level"), "the mark"
        ),
        created=day(got.get("created"), "created"),
        passed_on=day(got.get("passed_on"), "passed_on"),
        public_since=day(got.get("public_since"), "public_since"),
    )


def _parts(value: object, origin: str, what: str, *, personal: bool) -> tuple[tuple[str, Label], ...]:
    parts = []
    names = frozenset({"id", "origin", "owner", "level", "personal_data", "caveats", "agreement", "note"})
    for item in items(value, what):
        got = known(item, names, what)
        label = OriginLabel(
            optional(got.get("origin") or got.get("owner"), f"{what}'s origin") or origin,
            optional(got.get("level"), f"{what}'s level"),
            texts(got.get("caveats", []), f"{what}'s caveats"),
            personal=truth(got.get("personal_data", personal), f"{what}'s personal_data"),
        )
        parts.append((text(got.get("id"), f"{what}'s id"), Label.of(label)))
    return tuple(parts)


def read_clearance(value: object, party: str) -> Clearance | None:
    if value is None or value is False:
        return None
    got = known(value, frozenset({"party", "level", "valid_until"}), "a clearance")
    return Clearance(
        optional(got.get("party"), "a clearance's party") or party,
        text(got.get("level"), "a clearance's level"),
        end_of(got.get("valid_until"), "a clearance's end"),
    )


def read_reader(value: object) -> tuple[PersonReader, frozenset[str]]:
    """The recipient, and what is said of its firm that we do not know. Raises `Malformed`."""
    got = known(value, RECIPIENT, "the recipient")
    party, briefed = text(got.get("party"), "the recipient's party"), truth(got.get("briefed", False), "briefed")
    firm, unknown = _firm(got.get("contractor"), party)
    reader = PersonReader(
        party=party,
        organisation=optional(got.get("organisation"), "the organisation") or "",
        kind=optional(got.get("kind"), "the recipient's kind") or "unstated",
        nationality=texts(got.get("nationality", []), "the nationality"),
        clearance=read_clearance(got.get("clearance"), party),
        need_to_know=truth(got.get("need_to_know", False), "need_to_know"),
        briefed=briefed,
        acknowledged=truth(got.get("acknowledged", briefed), "acknowledged"),
        contractor=firm,
        entitled_by_function=truth(got.get("entitled_by_function", False), "entitled_by_function"),
        entitled_by_statute=truth(got.get("entitled_by_statute", False), "entitled_by_statute"),
        role=optional(got.get("role"), "the role"),
    )
    return reader, unknown


def _firm(value: object, party: str) -> tuple[Contractor | None, frozenset[str]]:
    if value is None:
        return None, frozenset()
    if not isinstance(value, dict):
        raise Malformed("the contractor must be an object")
    annex, confirmed = value.get("security_annex"), value.get("confirmed")
    control = next((value[name] for name in OWNERSHIP if value.get(name) and value[name] not in NOBODY), None)
    held, inside = value.get("facility_clearance"), control if isinstance(control, dict) else {}
    approvers = texts(value.get("approved_by", []), "approved_by")
    firm = Contractor(
        facility_clearance=None if held is True else read_clearance(held, party),
        assured=bool(value.get("assurance")),
        confirmed=confirmed if isinstance(confirmed, bool) else None,
        capability=value.get("capability") is True,
        briefed=value.get("briefed") is True,
        inspected=value.get("inspected") is True,
        security_clause=value.get("security_clause") is True,
        security_annex=frozenset(annex)
        if isinstance(annex, list | dict)
        else annex
        if isinstance(annex, bool)
        else None,
        nda=value.get("nda") is True,
        approved_by=approvers | ({party} if value.get("dsa_approval") is True else set()),
        controlled_by=None if control is None else _controller(control),
        measures=any(value.get(name) is True or inside.get(name) is True for name in MEASURES),
        staff_cleared=all(bool(value[name]) for name in CLEARED if name in value),
        country=optional(value.get("country"), "the firm's country"),
        contract_end=moment(value.get("contract_end"), "contract_end"),
    )
    return firm, frozenset(f"contractor.{name}" for name in set(value) - FIRM)


def _controller(control: object) -> str:
    """Who controls a firm, where it is said."""
    named = control.get("country", control.get("by")) if isinstance(control, dict) else control
    return named if isinstance(named, str) else "a third country"


def read_facts(
    value: object, act: Act, subject: Subject, reader: PersonReader, parties: Sequence[str], held: object
) -> Facts:
    """The context, the format's defaults filled in; a fact we do not know is kept as such, and denies."""
    got = {} if value is None else value
    if not isinstance(got, dict):
        raise Malformed("the context must be an object")
    parts: dict[str, Any] = {}
    for name, read in PARTS.items():
        if name in got:
            parts |= read(got[name], got)
    disclosure = got.get("national_disclosure_decision", True)
    return Facts(
        holder=_holder({"holder": held, **got}, act, subject, reader, frozenset(parties)),
        disclosure="stated" if truth(disclosure, "national_disclosure_decision") else False,
        consents=frozenset(_consents(got)),
        transmission=Transmission(
            channel=optional(got.get("channel", "approved"), "the channel"),
            encryption=optional(got.get("encryption"), "the encryption"),
            agreed_procedure=optional(got.get("agreed_procedure"), "the procedure"),
            courier_certificate=maybe(got.get("courier_certificate"), "courier_certificate"),
            others_impractical=maybe(got.get("impractical_other_channels"), "impractical_other_channels"),
            route=optional(got.get("route"), "the route"),
            by=optional(got.get("transmitted_by"), "transmitted_by"),
        ),
        event=read_event(got["event"]) if got.get("event") is not None else None,
        recipient_assurance=truth(got.get("recipient_assurance", True), "recipient_assurance"),
        translator_assumed="translator_clearance" not in got,
        unknown=frozenset(set(got) - CONTEXT),
        **parts,
    )


def _consents(got: Mapping[str, Any]) -> Iterator[Consent]:
    """Where the owners' consents are listed, the other ones are nobody's as an owner."""
    yield from (
        replace(read_consent(one), owner=True) for one in items(got.get("owner_consents", []), "owner_consents")
    )
    owner = False if "owner_consents" in got else None
    yield from (replace(read_consent(one), owner=owner) for one in items(got.get("consents", []), "consents"))


def _holder(
    got: Mapping[str, Any], act: Act, subject: Subject, reader: PersonReader, parties: frozenset[str]
) -> str | None:
    stated = got.get("sender") or got.get("holder")
    if act in {Act.DOWNGRADE, Act.DECLASSIFY}:
        stated = got.get("requested_by") or stated
    if stated is not None:
        return text(stated, "the holder")
    own = subject.label.parties
    if act is Act.REPORT_COMPROMISE and own == {reader.party} and parties - own:
        return min(parties - own)
    if act in {Act.RELEASE, Act.ONWARD_RELEASE}:
        others = sorted(own - {reader.party}) if act is Act.RELEASE else sorted(parties - own - {reader.party})
        return others[0] if len(own) == 1 and others else None
    if reader.party in parties:
        return reader.party
    return min(own & parties, default=None)


def read_consent(value: object) -> Consent:
    got = known(
        value, frozenset({"by", "scope", "on", "written", "express", "until", "valid_until", "form"}), "a consent"
    )
    return Consent(
        by=text(got.get("by"), "who consented"),
        scope=text(got.get("scope"), "a consent's scope"),
        on=moment(got.get("on"), "a consent's date"),
        written=truth(got.get("written", False), "written") or got.get("form") == "written",
        express=truth(got.get("express", True), "express"),
        until=end_of(got.get("until", got.get("valid_until")), "a consent's end"),
    )


def read_event(value: object) -> Event:
    """An event. What else is said of it changes nothing; an unknown kind is handled as a compromise."""
    if not isinstance(value, dict):
        raise Malformed("the event must be an object")
    notified = value.get("notified")
    return Event(
        kind=text(value.get("kind"), "the event's kind"),
        by=optional(value.get("by"), "who the event is of"),
        on=moment(value.get("on"), "the event's date"),
        discovered=moment(value.get("discovered"), "the event's discovery"),
        to=optional(value.get("to"), "the event's new level"),
        notified=notified if isinstance(notified, bool) else None,
    )
