"""Third parties: nobody's information goes further without the word of everyone whose it is (law 5)."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.release import agreed
from comity.release.matter import PROVIDING, Answer, Matter
from comity.release.question import Act, Finding, Outcome
from comity.release.rules.comity import made_public
from comity.release.rules.rule import Check, Cited, UnlessConsent, unless

DISCLOSING = ("third-party", "use-disclosure", "end-use-third-party")
"""The kinds that ask for the parties' word before it is disclosed to anybody; the first also before it is used."""
GUARDING = (*DISCLOSING, "classification-change", "joint-products", "foreground-third-party")
PASSING = frozenset({"release", "onward-release", "consultation", "publication"})


SHOWING = PROVIDING | {Act.USE, Act.ACCESS}


def passing(matter: Matter) -> frozenset[str]:
    """The scopes of a consent that lets it go out, or be seen by whoever is outside."""
    return PASSING if matter.act in PROVIDING else PASSING | {"use", "access"}


def going_out(_term: Term, matter: Matter) -> bool:
    """Handed or shown to a third party, and neither made public by its originators nor published by a route of its
    own."""
    return matter.act in SHOWING and matter.third and not reviewed(matter) and not made_public(matter)


def reviewed(matter: Matter) -> bool:
    """Unclassified matter for publication, where the text has a review for just that (NL-US 13(2))."""
    return matter.facts.publication and matter.rank is None and matter.first("publication-review") is not None


def third_party(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL IV(2) and VI(2)(d), JP-KR 6(a), CH-KR 6(3), CH-DK 3.2, EU-MS 4(1)(c), NL-US 11(2)(e), ETW 36(a)."""
    if not matter.once(going_out, term):
        return
    if not matter.bound_parties:
        if not matter.foreign:
            yield matter.finding("own-information", term, Outcome.ALLOW)
        return
    if term.params.get("also_requires") and matter.reader.party not in matter.facts.security_agreements_with:
        yield matter.finding("no-security-agreement", term, Outcome.DENY, party=matter.reader.party)
    form = term.params.get("requires")
    if not isinstance(form, str):
        yield matter.finding("third-party-barred", term, Outcome.DENY)
        return
    givers = matter.givers(str(term.params.get("consent_from") or "originator"), matter.bound_parties)
    found = list(unless(term, matter, "third-party", givers, form, passing(matter)))
    yield from found
    if term.params.get("third_party_bound_to_purpose") and _free(found):
        yield matter.duty("bind-third-party-to-purpose", matter.keeper, term)


def _free(found: list[Answer]) -> bool:
    return not any(isinstance(answer, Finding) and answer.outcome is not Outcome.ALLOW for answer in found)


def strangers(term: Term | None, matter: Matter, spoken_for: frozenset[str]) -> Iterator[Answer]:
    """The house's own: an originator whose word no evaluated text asks for is asked all the same (law 5).

    `spoken_for` are the parties of the other evaluated agreements; only with public information is nobody asked.
    """
    outside = matter.subject.originators - {matter.facts.holder, matter.reader.party} - spoken_for
    if matter.act not in SHOWING or reviewed(matter) or (matter.act not in PROVIDING and not matter.third):
        return
    covered = matter.parties if not matter.third or _asked(matter) else frozenset()
    for origin in sorted(outside - covered):
        if made_public(matter, origin):
            continue
        cite = matter.cite(term) if term is not None else "house:5"
        if consents := agreed.consents(matter, origin, "written-consent", passing(matter)):
            if names := sorted(one.id for one in consents if one.id is not None):
                yield Finding("consent-given", cite, Outcome.ALLOW, (("consents", " ".join(names)),))
            continue
        yield Finding(
            "originator-not-asked", cite, Outcome.NEEDS_CONSENT, (("form", "written-consent"), ("giver", origin))
        )


def _asked(matter: Matter) -> bool:
    """Whether a term asks for the parties' word on this very act and thing: a definition beside it asks nobody."""
    disclosing = DISCLOSING if matter.act in PROVIDING else DISCLOSING[:1]
    return matter.first(*disclosing) is not None or any(
        isinstance(row, UnlessConsent) and matter.act in row.acts and matter.once(row.when, term)
        for kind, row in ROWS.items()
        for term in matter.by_kind.get(kind, ())
    )


def no_claim(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-SG 6.2: the agreement gives no claim to what the other party has from a third party."""
    from_third = matter.subject.originators - matter.parties
    if matter.act is Act.RELEASE and from_third and matter.reader.party in matter.parties:
        if matter.facts.cites_claim:
            yield matter.finding("no-claim", term, Outcome.DENY)
        else:
            yield matter.finding("from-a-third-party", term, Outcome.ALLOW)


def _foreground(_term: Term, matter: Matter) -> bool:
    made = matter.subject.kind.startswith(("foreground", "equipment"))
    return made and matter.act in PROVIDING and matter.third


def _joint(term: Term, matter: Matter) -> bool:
    """Owned by several parties, and lowered or let out by one of them."""
    return (
        len(matter.subject.owners & matter.parties) > 1
        and "requires" in term.params
        and (matter.act not in PROVIDING or matter.once(going_out, term))
    )


def _speaks(term: Term, matter: Matter) -> bool:
    """Whether a definition bears on this: who is third, or that what was meant as classified is."""
    words = " ".join(term.text.values())
    outward = matter.act in SHOWING and matter.third and bool(matter.bound_parties)
    return (outward and "third" in words) or (matter.subject.indicated is not None and "indicated" in words)


def _invention(matter: Matter) -> bool:
    """An invention; or anything at all, under a text on inventions alone, where no other article guards its level or
    its way out."""
    kind = matter.subject.kind
    return kind.startswith(("invention", "patent")) or not any(map(matter.first, GUARDING))


def secrecy(term: Term, matter: Matter) -> Iterator[Answer]:
    """NATO-INV: an invention stays secret as its originating government imposed it."""
    lowering = matter.act in {Act.DECLASSIFY, Act.DOWNGRADE}
    if not _invention(matter):
        return
    if (lowering and matter.foreign) or (matter.act in PROVIDING and matter.third and matter.foreign):
        yield matter.finding("kept-secret", term, Outcome.DENY)


def secrecy_lift(term: Term, matter: Matter) -> Iterator[Answer]:
    """NATO-INV: secrecy is lifted only at the originating government's request, after notice."""
    if matter.act not in {Act.DECLASSIFY, Act.DOWNGRADE} or not _invention(matter):
        return
    if matter.foreign:
        yield matter.finding("secrecy-not-lifted", term, Outcome.DENY)
        return
    days = int(term.params.get("notice_days") or 0)
    yield matter.finding("secrecy-lift-notice", term, Outcome.ALLOW)
    yield matter.duty("notify-intention", matter.keeper, term, matter.days(matter.now, 0))
    yield matter.duty("wait-until", matter.keeper, term, matter.days(matter.now, days))


ROWS: dict[str, Check] = {
    "third-party": third_party,
    "foreground-third-party": UnlessConsent("third-party", PROVIDING, _foreground, PASSING, "other-party"),
    "joint-products": UnlessConsent(
        "joint-product",
        PROVIDING | {Act.DOWNGRADE, Act.DECLASSIFY},
        _joint,
        PASSING | {"downgrade", "declassify"},
        "other-party",
    ),
    "no-claim": no_claim,
    "definition": Cited("definition", frozenset(Act), _speaks),
    "secrecy": secrecy,
    "secrecy-lift": secrecy_lift,
}
