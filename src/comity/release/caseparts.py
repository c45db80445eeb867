"""How each fact of a case's context fills in the engine's facts. A fact that is not here is unknown, and denies."""

from collections.abc import Callable, Mapping
from typing import Any

from comity.core.errors import Malformed
from comity.release.caseshape import day, mapping, moment
from comity.release.facts import Approval, Arrangement, Ask, Foreign, Project, Review, Visit

Part = Callable[[Any, Mapping[str, Any]], dict[str, Any]]


def _text(name: str) -> Part:
    def read(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
        if value is not None and not isinstance(value, str):
            raise Malformed(f"{name} must be a text")
        return {name: value}

    return read


def _flag(name: str) -> Part:
    def read(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(value, bool):
            raise Malformed(f"{name} must be true or false")
        return {name: value}

    return read


def _names(name: str) -> Part:
    def read(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Malformed(f"{name} must be a list of texts")
        return {name: frozenset(value)}

    return read


def _noted(_value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    """Read together with another fact, or of no weight to any rule."""
    return {}


def _approvals(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, list):
        raise Malformed("approvals must be a list")
    return {
        "approvals": frozenset(
            Approval(str(mapping(item, "an approval").get("by")), moment(item.get("on"), "an approval's date"))
            for item in value
        )
    }


def _arrangements(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, list):
        raise Malformed("arrangements must be a list")
    return {
        "arrangements": frozenset(
            Arrangement(
                str(mapping(item, "an arrangement").get("id")),
                str(item.get("covers")),
                frozenset(item.get("by") or ()),
                moment(item.get("on"), "an arrangement's date"),
            )
            for item in value
        )
    }


def _translator(value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    return {"translator_stated": True, **_text("translator_clearance")(value, context)}


def _statute(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    return {"statute": str(mapping(value, "the statute").get("conflicts_with") or "unstated")}


def _dispute(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    return {"dispute_open": mapping(value, "the dispute").get("open") is True}


def _history(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    return {"tolerated": bool(value)}


def _project(_value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(mapping(context.get("project") or {}, "the project"))
    merged |= mapping(context.get("project_arrangement") or {}, "the project arrangement")
    decided = merged.get("personal_data")
    return {
        "project": Project(
            str(merged.get("id")),
            merged.get("confirmed_through_diplomatic_channel") is True,
            decided if isinstance(decided, bool) else None,
        )
    }


def _review(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    got = mapping(value, "the review")
    days, objection = got.get("working_days_elapsed", 0), got.get("objection")
    if type(days) is not int:
        raise Malformed("the review must count its working days")
    return {"review": Review(days, None if objection in (None, False) else str(objection))}


def _demand(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    got = mapping(value, "the demand")
    return {"ask": Ask(str(got.get("by")), former_rules=got.get("apply") == "former")}


def _request(value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    """A request for a visit, or for a level of handling."""
    got = mapping(value, "the request")
    if "apply_level" in got:
        return {"ask": Ask(str(got.get("by")), str(got["apply_level"]))}
    return _visit(value, context)


def _visit(_value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    got = context.get("request") or {}
    host = context.get("host")
    if not isinstance(host, str) or "apply_level" in got:
        return {}
    period, days = got.get("period"), context.get("working_days_between")
    span = None
    if isinstance(period, list) and len(period) == 2:
        first, last = (day(end, "the period") for end in period)
        span = (first, last) if first is not None and last is not None else None
    nations = got.get("nationality") or []
    stated = frozenset(name for name, field in got.items() if field not in (None, "", []))
    visit = Visit(
        host=host,
        fields=stated,
        submitted=day(context.get("submitted"), "submitted"),
        starts=day(got.get("date"), "the date of the visit"),
        period=span,
        working_days=days if isinstance(days, int) else None,
        urgent=context.get("urgent") is True,
        level=got.get("level") or got.get("access_level") or got.get("clearance"),
        nationality=frozenset(str(one) for one in ([nations] if isinstance(nations, str) else nations)),
    )
    return {"visit": visit}


def _committee(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    """What a committee decided: only an approval is one."""
    if isinstance(value, dict):
        value = str(value.get("id", "approved")) if value.get("approved") is True else None
    if value is False or (isinstance(value, str) and value in {"pending", "rejected", "refused", "none"}):
        value = None
    return _text("joint_committee")("approved" if value is True else value, {})


def _foreign(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, list):
        raise Malformed("other_agreements must be a list")
    found = []
    for item in value:
        got = mapping(item, "another agreement")
        start = got.get("from_en")
        found.append(Foreign(str(got.get("id")), str(got.get("article")), str(got.get("rule")), start))
    return {"foreign": frozenset(found)}


def _holdings(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    """How much of each set the recipient holds, by the article of its term."""
    got = mapping(value, "the holdings")
    if not all(type(count) is int and count >= 0 for count in got.values()):
        raise Malformed("the holdings must be counts by article")
    return {"holdings": frozenset((str(article), count) for article, count in got.items())}


def _claim(value: Any, _context: Mapping[str, Any]) -> dict[str, Any]:
    return {"cites_claim": value == "agreement"}


def _named(name: str, read: Part) -> Part:
    """A fact under another name here than in the case."""

    def renamed(value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        return {name: next(iter(read(value, context).values()))}

    return renamed


PARTS: dict[str, Part] = {
    "approvals": _approvals,
    "arrangements": _arrangements,
    "claim": _claim,
    "confirmation_received": _flag("confirmation_received"),
    "copies": _noted,
    "crisis": _flag("crisis"),
    "delay_requested_by": _text("delay_requested_by"),
    "demand": _demand,
    "dispute": _dispute,
    "extract": _noted,
    "history": _history,
    "host": _visit,
    "holdings": _holdings,
    "intended": _text("intended"),
    "intended_purpose": _text("intended_purpose"),
    "joint_committee": _committee,
    "national_rule": _text("national_rule"),
    "originator_handling_rules": _named("handling", _names("originator_handling_rules")),
    "originator_instruction": _named("instruction", _text("originator_instruction")),
    "other_agreements": _foreign,
    "other_arrangements": _names("other_arrangements"),
    "place_of_use": _text("place_of_use"),
    "portions_separately_owned": _noted,
    "project": _project,
    "project_arrangement": _project,
    "publication": _flag("publication"),
    "recipient_assurance": _noted,
    "request": _request,
    "requested_by": _text("requested_by"),
    "review": _review,
    "sanitising_possible": _named("sanitisable", _flag("sanitising_possible")),
    "security_agreements_with": _names("security_agreements_with"),
    "statute": _statute,
    "still_needed_for": _text("still_needed_for"),
    "submitted": _noted,
    "target_language": _text("target_language"),
    "to_level": _text("to_level"),
    "translator_clearance": _translator,
    "urgent": _noted,
    "working_days_between": _noted,
}
