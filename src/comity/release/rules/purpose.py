"""What it may be used for: the purpose limit, and what is like it for unclassified information and for people."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.release.matter import PROVIDING, Answer, Matter
from comity.release.question import Act, Outcome
from comity.release.reader import GOVERNMENT
from comity.release.rules.rule import Check, UnlessConsent, both, needs, unless
from comity.release.rules.third_party import PASSING, going_out
from comity.release.subject import CUI

USING = frozenset({Act.USE, Act.RELEASE, Act.ONWARD_RELEASE, Act.COPY, Act.TRANSLATE, Act.ACCESS})
PROCEEDINGS = ("judicial", "court", "litigation", "administrative", "legal-proceeding", "proceeding", "tribunal")
AGAINST = ("against", "detriment")


def differs(term: Term, matter: Matter) -> bool:
    """Another purpose than the one for which somebody else gave it. Unstated means the same (format default 1)."""
    intended, allowed = matter.facts.intended_purpose, term.params.get("allowed_purposes")
    if matter.act not in USING or not matter.subject.originators - {matter.keeper}:
        return False
    if allowed:
        return matter.purpose not in allowed
    return intended is not None and intended != matter.subject.purpose


def purpose(term: Term, matter: Matter) -> Iterator[Answer]:
    """JP-KR 6(c), CH-KR 6(2)(b), CH-SG 4.1 (with consent); CH-IL VI(2)(e), CH-PL 4(3), CH-FR 4.6 (without a route)."""
    if not matter.once(differs, term):
        return
    public = matter.subject.public_since
    if term.params.get("exception") == "public-domain" and public is not None and public <= matter.now.date():
        yield matter.finding("public-domain", term, Outcome.ALLOW)
        return
    yield from _limit(term, matter)


_USE = frozenset({"use", "purpose"})
_limit = UnlessConsent("other-purpose", USING, differs, _USE)


def _background(term: Term, matter: Matter) -> bool:
    own, brought = matter.subject.furnished_by or "", matter.subject.kind.startswith("background")
    return brought and not own.startswith("participant:") and matter.once(differs, term)


def participant_background(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US 12(4)(b): what a participant brought in is used otherwise only with its owner's permission."""
    own = matter.subject.furnished_by or ""
    other = matter.once(differs, term) or (matter.act in PROVIDING and matter.third)
    if not own.startswith("participant:") or not other:
        return
    form = str(term.params.get("requires") or "owner-consent")
    owner = frozenset({own.removeprefix("participant:")})
    yield from unless(term, matter, "owner-not-asked", owner, form, _permission(matter))


def _permission(matter: Matter) -> frozenset[str]:
    """What an owner's permission is for: passing it on, or using it otherwise."""
    return PASSING if matter.act in PROVIDING else _USE


def proprietary(term: Term, matter: Matter) -> Iterator[Answer]:
    """JP-KR 6(d), CH-SG 4.4, NL-SE 5: rights are respected; where the text says so, their owner must permit."""
    form = term.params.get("requires")
    if not isinstance(form, str) or not (matter.once(differs, term) or matter.once(going_out, term)):
        return
    named = (matter.subject.furnished_by or "").rpartition(":")[2]
    owners = matter.subject.owners - {matter.keeper} or (frozenset({named}) if named else frozenset())
    givers = owners if form == "owner-consent" and owners else matter.bound_parties
    yield from unless(term, matter, "owner-not-asked", givers, form, _permission(matter))


def no_detriment(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-SG 4.3: no use against the interests of the other party."""
    words = f"{matter.facts.intended or ''} {matter.facts.intended_purpose or ''}"
    if matter.act in USING and any(word in words for word in AGAINST):
        yield matter.finding("against-the-other", term, Outcome.DENY)


def _cui(term: Term, matter: Matter) -> bool:
    return matter.subject.marking == str(term.params.get("applies_to") or CUI)


def cui_purpose(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US 11(3)(a): controlled unclassified information, only for what the cooperation is for."""
    if not _cui(term, matter) or matter.act not in USING:
        return
    if matter.once(differs, term):
        yield matter.finding("other-purpose-barred", term, Outcome.DENY)
    else:
        yield matter.finding("purpose-kept", term, Outcome.ALLOW)


def cui_forbidden(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US 11(3)(f): not in proceedings that can make it public, not to other governments or organisations."""
    if not _cui(term, matter) or matter.act not in USING:
        return
    intended = f"{matter.facts.intended or ''} {matter.facts.intended_purpose or ''}"
    abroad = matter.reader.party not in matter.parties and matter.reader.kind in GOVERNMENT
    if any(word in intended for word in PROCEEDINGS):
        yield matter.finding("cui-in-proceedings", term, Outcome.DENY)
    elif matter.act in PROVIDING and abroad:
        yield matter.finding("cui-to-foreign-government", term, Outcome.DENY)


def _abroad(_term: Term, matter: Matter) -> bool:
    place = matter.facts.place_of_use
    return place is not None and place != matter.keeper and place not in matter.bound_parties


def personal_data(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US 11(5), EU-MS 3(2), IL-JP 12(1) (fictional): people's data only where annex or project says so."""
    params, project = term.params, matter.facts.project
    if not matter.subject.personal or matter.act not in PROVIDING | {Act.USE}:
        return
    if params.get("annexes_allowing") is not None or params.get("requires") == "annex-provision":
        if matter.subject.annex in (params.get("annexes_allowing") or ()):
            yield matter.finding("personal-data-allowed", term, Outcome.ALLOW)
        else:
            yield matter.finding("personal-data", term, Outcome.DENY, removes="personal")
    elif params.get("requires"):
        if project is not None and project.personal_data:
            yield matter.finding("personal-data-allowed", term, Outcome.ALLOW)
            return
        for party in sorted(matter.parties):
            found = needs(term, matter, "personal-data-undecided", party, str(params["requires"]))
            yield matter.finding(found.code, term, found.outcome, **dict(found.params), removes="personal")


_disclosure = UnlessConsent("third-party", PROVIDING, going_out, PASSING)

ROWS: dict[str, Check] = {
    "purpose": purpose,
    "use-disclosure": both(UnlessConsent("other-purpose", USING - PROVIDING, differs, _USE), _disclosure),
    "end-use-third-party": both(UnlessConsent("other-purpose", USING - PROVIDING, differs, _USE), _disclosure),
    "background-information": UnlessConsent(
        "background-other-purpose",
        USING,
        _background,
        _USE | {"written-agreement"},
        "both-parties",
        "written-agreement",
    ),
    "participant-background": participant_background,
    "proprietary": proprietary,
    "no-detriment": no_detriment,
    "cui-purpose": cui_purpose,
    "cui-forbidden": cui_forbidden,
    "territory": UnlessConsent(
        "abroad",
        frozenset({Act.USE, Act.RELEASE}),
        _abroad,
        frozenset({"use", "territory", "transfer"}),
        form="prior-consent",
    ),
    "personal-data": personal_data,
}
