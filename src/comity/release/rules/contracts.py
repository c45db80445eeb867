"""Firms: facility clearance, the originator's word, subcontracts, foreign control, participants, projects."""

from collections.abc import Iterable, Iterator
from functools import partial

from comity.agreement.instrument import Term
from comity.release import agreed
from comity.release.matter import PROVIDING, Answer, Matter
from comity.release.question import Act, Finding, Outcome
from comity.release.reader import CONTRACTING, Clearance, Contractor, PersonReader
from comity.release.rules.rule import Check, Parts, UnlessFact, needs, shown, unless

FIRMS = frozenset({"company", "firm"})
ASKED = frozenset({"release", "onward-release", "contract"})
NOTHING = Contractor()
GIVING = PROVIDING | {Act.USE}


def to_firm(term: Term, matter: Matter) -> bool:
    """Somebody else's classified information, or at least what the term's level names, to a firm of a party."""
    reader = matter.reader
    firm = reader.kind in CONTRACTING or (reader.contractor is not None and reader.kind != "participant")
    return firm and matter.act in GIVING and matter.reaches(term.params.get("from_en"))


def _wanted(term: Term) -> tuple[str, ...]:
    """What must be so before a firm gets anything, by the vocabulary's words."""
    requires = term.params.get("requires") or ("facility-clearance",)
    return (requires,) if isinstance(requires, str) else tuple(requires)


def _conditions(term: Term) -> tuple[Check, ...]:
    """Each condition asks for itself; what comes with a permit is owed where all of them let it go."""
    return (*(partial(_asked, item) for item in _wanted(term)), _confirmed, _qualified)


def _asked(item: str, term: Term, matter: Matter) -> Iterator[Answer]:
    if matter.once(to_firm, term):
        yield from _condition(item, term, matter)


def _confirmed(term: Term, matter: Matter) -> Iterator[Answer]:
    if matter.once(to_firm, term) and (matter.reader.contractor or NOTHING).confirmed is False:
        yield matter.finding("firm-not-confirmed", term, Outcome.DENY)


def _qualified(term: Term, matter: Matter) -> Iterator[Answer]:
    conditions, wanted = _conditions(term)[:-1], _wanted(term)
    if not matter.once(to_firm, term) or any(bars(part(term, matter)) for part in conditions):
        return
    yield matter.finding("firm-qualified", term, Outcome.ALLOW)
    if "inspections" in wanted:
        yield matter.duty("inspect", matter.recipient, term, when="periodically")
    if "register" in " ".join(term.text.values()) or "inspections" in wanted:
        yield matter.duty("register", matter.recipient, term)


contractor = Parts(_conditions)
"""CH-IL IX(2), JP-KR 16, CH-KR 10(1), CH-FI 6, CH-SG 9, CH-PL 5: what must be so before a firm gets anything."""


def bars(answers: Iterable[Answer]) -> bool:
    """Whether any of them is more than a permit or a duty."""
    return any(isinstance(answer, Finding) and answer.outcome is not Outcome.ALLOW for answer in answers)


def _condition(item: str, term: Term, matter: Matter) -> Iterator[Answer]:
    firm = matter.reader.contractor or NOTHING
    person = matter.reader if isinstance(matter.reader, PersonReader) else None
    facts = {
        "facility-clearance": lambda: matter.cleared(_placed(firm.facility_clearance, matter)),
        "facility-clearance-assurance": lambda: firm.assured,
        "personnel-clearance": lambda: firm.staff_cleared and person is not None and matter.cleared(person.clearance),
        "capability": lambda: firm.capability,
        "need-to-know": lambda: person is not None and person.need_to_know,
        "briefing": lambda: firm.briefed or (person is not None and person.briefed),
        "inspections": lambda: firm.inspected,
        "security-clause": lambda: firm.security_clause,
    }
    if item == "originator-consent":
        yield from unless(term, matter, "firm-consent", matter.bound_parties, "written-consent", ASKED)
    elif item in {"authority-approval", "dsa-approval", "approval"}:
        giver = matter.authority(matter.recipient)
        if not agreed.approved(matter, giver, ASKED) and not firm.approved_by & {giver, matter.recipient}:
            yield needs(term, matter, "firm-not-approved", giver, item)
    elif item not in facts:
        yield matter.finding("condition-unknown", term, Outcome.DENY, condition=item)
    elif not facts[item]():
        yield matter.finding("firm-condition", term, Outcome.DENY, condition=item)
        if item == "facility-clearance-assurance":
            yield matter.duty("obtain-assurance", matter.keeper, term)
        if item == "briefing":
            yield matter.duty("brief", matter.recipient, term)


def _placed(held: Clearance | None, matter: Matter) -> Clearance | None:
    return held if held is None or held.party else Clearance(matter.reader.party, held.level, held.valid_until)


def contractor_consent(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-EDA 8(1): the providing party's consent, and a security agreement with the contractor's state."""
    reader = matter.reader
    if (reader.kind not in CONTRACTING | FIRMS and reader.contractor is None) or matter.act not in GIVING:
        return
    covered = matter.parties | matter.facts.security_agreements_with
    if "security agreement" in " ".join(term.text.values()) and reader.party not in covered:
        yield matter.finding("no-security-agreement", term, Outcome.DENY, party=reader.party)
    form = str(term.params.get("requires") or "prior-written-consent")
    givers = matter.givers(str(term.params.get("consent_from") or "originator"), matter.foreign & matter.parties)
    yield from unless(term, matter, "firm-consent", givers, form, ASKED)


def subcontractor(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-PL 5, JP-KR 16 (same conditions); CH-FR 10.8 (the DSA); NL-AU A18 (abroad: the furnishing government)."""
    if matter.reader.kind != "subcontractor" or matter.act not in GIVING:
        return
    form = term.params.get("requires")
    if form in {"dsa-approval", "approval", "authority-approval"}:
        found = list(_condition("dsa-approval", term, matter))
        yield from found or [matter.finding("firm-qualified", term, Outcome.ALLOW)]
    elif isinstance(form, str):
        where = (matter.reader.contractor or NOTHING).country or matter.reader.party
        abroad = where != matter.keeper or matter.reader.party not in matter.parties
        if abroad:
            origins = matter.foreign & matter.parties
            givers = matter.givers(str(term.params.get("consent_from") or "originator"), origins)
            yield from unless(term, matter, "subcontract-abroad", givers, form, ASKED | {"subcontract"})
    else:
        yield from _same_conditions(term, matter)


def _same_conditions(term: Term, matter: Matter) -> Iterator[Answer]:
    found = [answer for row in matter.by_kind.get("contractor", ()) for answer in contractor(row, matter)]
    bars = [answer for answer in found if isinstance(answer, Finding) and answer.outcome is not Outcome.ALLOW]
    for bar in bars:
        yield matter.finding(bar.code, term, bar.outcome, **dict(bar.params))
    if not bars:
        yield matter.finding("firm-qualified", term, Outcome.ALLOW)


def foci(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US DM 1B, CH-SG 10.3, CH-DK 9.3 (no clearance); NL-US 11(2)(h) (enforceable measures)."""
    firm = matter.reader.contractor
    if firm is None or firm.controlled_by is None or matter.act not in GIVING:
        return
    if term.params.get("requires") == "enforceable-measures" and firm.measures:
        yield matter.finding("control-contained", term, Outcome.ALLOW, by=firm.controlled_by)
        yield matter.duty("exclude-nationals", matter.recipient, term, of=firm.controlled_by)
    else:
        yield matter.finding("foreign-control", term, Outcome.DENY, by=firm.controlled_by)


def security_annex(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-KR 10(3), CH-LU 9.4, CH-PL 5(4): each classified contract carries a security annex; the authorities get it."""
    if not matter.once(to_firm, term):
        return
    annex, contents = (matter.reader.contractor or NOTHING).security_annex, frozenset(term.params.get("requires") or ())
    has = annex is True or (isinstance(annex, frozenset) and contents <= annex)
    if annex is False or (contents and not has):
        yield matter.finding("no-security-annex", term, Outcome.DENY)
        yield matter.duty("security-annex", "contracting-authority", term)
    else:
        yield matter.finding("security-annex", term, Outcome.ALLOW)
        if not contents:
            yield matter.duty("security-annex", "contracting-authority", term)
    if "copy" in " ".join(term.text.values()):
        for party in sorted(matter.parties):
            yield matter.duty("copy-to-nsa", "contracting-authority", term, to=matter.authority(party))


def participant_approval(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US 8(2): involving a participant takes both parties' written approval."""
    if matter.reader.kind != "participant" or matter.act not in GIVING:
        return
    firm, form = matter.reader.contractor or NOTHING, str(term.params.get("requires") or "prior-written-consent")
    givers = matter.givers(str(term.params.get("consent_from") or "both-parties"), matter.parties)
    missing = [
        giver
        for giver in sorted(givers)
        if giver not in firm.approved_by and not agreed.approved(matter, giver, ASKED, form)
    ]
    for giver in missing:
        yield needs(term, matter, "participant-not-approved", giver, form)
    if not missing:
        yield matter.finding("participant-approved", term, Outcome.ALLOW)


def _participant(_term: Term, matter: Matter) -> bool:
    return matter.reader.kind == "participant"


def project(term: Term, matter: Matter) -> Iterator[Answer]:
    """JP-PH DET II: projects are confirmed through the diplomatic channel."""
    if matter.act is not Act.RELEASE or matter.bound:
        return
    running = matter.facts.project
    if running is not None and running.confirmed:
        yield matter.finding("project-confirmed", term, Outcome.ALLOW)
        return
    for party in sorted(matter.parties):
        yield needs(
            term, matter, "project-not-confirmed", party, str(term.params.get("requires") or "confirmed-project")
        )


def joint_committee(term: Term, matter: Matter) -> Iterator[Answer]:
    """JP-PH DET II, ETW 9-18: a committee of both approves what is transferred."""
    if matter.act is not Act.RELEASE or matter.bound:
        return
    body = "joint-committee"
    if matter.facts.joint_committee is not None or agreed.approved(matter, body, ASKED):
        yield matter.finding("committee-approved", term, Outcome.ALLOW)
    else:
        yield needs(term, matter, "committee-not-approved", body, str(term.params.get("requires") or "approval"))


ROWS: dict[str, Check] = {
    "contractor": contractor,
    "contractor-consent": contractor_consent,
    "subcontractor": subcontractor,
    "foci": foci,
    "security-annex": security_annex,
    "participant-approval": participant_approval,
    "participant-nda": UnlessFact(
        "no-nda",
        GIVING,
        _participant,
        lambda _term, matter: (matter.reader.contractor or NOTHING).nda,
        "nda",
    ),
    "participant-suspension": shown,
    "project": project,
    "joint-committee": joint_committee,
}
