"""Whether somebody has agreed: to this act, for this reader and purpose, in this form, under this text, in time."""

from collections.abc import Collection

from comity.agreement.kind import ACTS
from comity.release.facts import Consent
from comity.release.matter import LOWERING, PROVIDING, Matter
from comity.release.question import Act
from comity.release.reader import CONTRACTING, PRIVATE

OWNER = "owner-consent"


def consented(matter: Matter, giver: str, form: str, acts: frozenset[str]) -> bool:
    """Whether `giver` has agreed in this form, to one of these acts, for this reader, in time and not lapsed."""
    return bool(consents(matter, giver, form, acts))


def consents(matter: Matter, giver: str, form: str, acts: frozenset[str]) -> tuple[Consent, ...]:
    """By what `giver` has agreed: one consent to the whole, else those that together cover each of its parts."""
    fitting = [consent for consent in matter.facts.consents if _fits(matter, consent, giver, form, acts)]
    begun = [one for one in fitting if one.on is not None and one.on <= matter.now]
    matter.bounds.extend(one.on for one in fitting if one.on is not None and one.on > matter.now)
    found = [one for one in begun if one.parts is None] or (begun if _covered(matter, giver, begun) else [])
    matter.bounds.extend(consent.until for consent in found if consent.until is not None)
    return tuple(sorted(found, key=str))


def approved(matter: Matter, giver: str, acts: frozenset[str], form: str = "approval") -> bool:
    """An approval on file by `giver`, or its consent to one of these acts, in a form where the text asks for one."""
    return any(
        approval.on is not None and approval.on <= matter.now and matter.same_giver(approval.by, giver)
        for approval in matter.facts.approvals
    ) or consented(matter, giver, form, acts)


def _covered(matter: Matter, giver: str, found: list[Consent]) -> bool:
    """Whether consents to single sources are all that a derived thing needs of `giver` (law 5)."""
    subject = matter.subject
    mine = {party for party in subject.originators if giver in (party, matter.authority(party))}
    whole = (subject.label, *(label for _, label in subject.portions))
    if mine & (subject.owners | {party for label in whole for party in label.parties}):
        return False
    needed = {name for name, label in subject.sources if label.parties & mine}
    return bool(needed) and needed <= {part for one in found for part in one.parts or ()}


def _fits(matter: Matter, consent: Consent, giver: str, form: str, acts: frozenset[str]) -> bool:
    """Whether it is this giver's, for this; whether its time has begun is another matter."""
    act, _, target = consent.scope.partition(":")
    return (
        matter.same_giver(consent.by, giver)
        and consent.agreement in (None, matter.agreement.id)
        and act in acts
        and _same_act(matter, act, consent.to or {target})
        and (not target or _meant(matter, target))
        and (consent.to is None or any(_is_reader(matter, name) for name in consent.to))
        and (consent.purposes is None or matter.purpose in consent.purposes)
        and (consent.written or "written" not in form)
        and (consent.express or "express" not in form)
        and (consent.owner is not False or form != OWNER)
        and consent.on is not None
        and (consent.until is None or matter.now < consent.until)
    )


def _is_reader(matter: Matter, name: str) -> bool:
    """Whether `name` is the reader: its organisation, or its party where it serves the state."""
    reader = matter.reader
    return name == reader.organisation or (name == reader.party and reader.kind not in PRIVATE | CONTRACTING)


def _same_act(matter: Matter, act: str, targets: Collection[str]) -> bool:
    """A consent to one act is none to another; but who let it go to a reader lets that reader see it."""
    if act not in ACTS or act in (matter.act, Act.USE):
        return True
    if matter.act in (Act.USE, Act.ACCESS):
        return act in PROVIDING and not {matter.reader.party, matter.reader.organisation}.isdisjoint(targets)
    return act == Act.ONWARD_RELEASE and matter.act is Act.RELEASE


def _meant(matter: Matter, target: str) -> bool:
    reader, facts, rows = matter.reader, matter.facts, matter.table.anywhere(target)
    if matter.act in LOWERING:
        wanted = matter.table.anywhere(facts.to_level) if facts.to_level is not None else ()
        return bool(rows) and rows[:1] == wanted[:1]
    if target in {reader.organisation, facts.intended_purpose, facts.place_of_use, facts.target_language} - {None}:
        return True
    if rows and matter.rank is not None and target not in matter.parties:
        return all(matter.table.find(*mark)[:1] >= rows[:1] for mark in matter.marks)
    return target == reader.party and reader.kind not in PRIVATE
