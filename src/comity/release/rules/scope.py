"""What the text covers: its fields, subjects and services; and that it obliges nobody to share."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.release.matter import PROVIDING, Answer, Matter
from comity.release.question import Act, Finding, Outcome
from comity.release.rules.rule import Check, Cited, shown
from comity.release.standing import originator_decision

RELEASE = frozenset({Act.RELEASE})


def annexes(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-US 7, JP-PH II, IL-JP 2(d) (fictional): cooperation only in the fields of annexes in force."""
    if matter.act is not Act.RELEASE or matter.bound:
        return
    annex = matter.subject.annex
    if annex is None or annex not in (term.params.get("annexes") or {}):
        yield matter.finding("no-annex-covers", term, Outcome.DENY, annex=str(annex))
    else:
        yield matter.finding("annex-covers", term, Outcome.ALLOW, annex=annex)


def _services(matter: Matter) -> set[str]:
    """The services on both ends, in the singular."""
    named = (matter.subject.producer, matter.reader.organisation, matter.reader.kind)
    return {name.removesuffix("s") for name in named if name}


def exclusion(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FI 10(5), CH-DK 3.4: exchange between these services is outside the agreement."""
    outside = {str(name).removesuffix("s") for name in term.params.get("excluded") or ()}
    if matter.act in PROVIDING and _services(matter) & outside:
        yield matter.finding("service-excluded", term, Outcome.DENY)


def inclusion(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-PL 4(6): these services' exchange follows the text, unless another arrangement of theirs exists."""
    inside = {str(name).removesuffix("s") for name in term.params.get("included") or ()}
    if matter.act not in PROVIDING | {Act.USE} or not _services(matter) & inside:
        return
    if matter.facts.other_arrangements and matter.act in PROVIDING:
        yield matter.finding("service-excluded", term, Outcome.DENY)
    else:
        yield matter.finding("service-included", term, Outcome.ALLOW)


def subjects(term: Term, matter: Matter) -> Iterator[Answer]:
    """TISA 1: only these subjects are exchanged."""
    if matter.act not in PROVIDING or matter.bound:
        return
    if matter.subject.topic not in (term.params.get("subjects") or ()):
        yield matter.finding("subject-outside", term, Outcome.DENY)
    else:
        yield matter.finding("subject-covered", term, Outcome.ALLOW)


def disclosure(matter: Matter) -> Iterator[Answer]:
    """An agreement permits; only the originator decides (DECISIONS 6). Undecided: a person must; refused: it stays."""
    if matter.act is not Act.RELEASE or matter.bound or matter.subject.originators == {matter.reader.party}:
        return
    decided = matter.facts.disclosure
    if decided is None and matter.facts.standing:
        table = matter.table
        decided, until = originator_decision(matter.subject, matter.reader, matter.facts.standing, table, matter.now)
        matter.bounds.extend([] if until is None else [until])
    if decided is not None and decided is not False:
        return
    term = matter.first(
        "no-duty-to-share", "comity-standing-release", "annexes", "comity-annex", "release-conditions", "scope"
    )
    term = term or matter.first("access") or next(iter(matter.terms), None)
    cite = matter.cite(term) if term is not None else "house:2"
    if decided is False:
        yield Finding("originator-decided-against", cite, Outcome.DENY)
    else:
        yield Finding("originator-has-not-decided", cite, Outcome.REFER)


ROWS: dict[str, Check] = {
    "annexes": annexes,
    "scope": Cited("in-scope", frozenset({Act.RELEASE, Act.USE}), lambda _term, matter: not matter.bound),
    "scope-exclusion": exclusion,
    "scope-inclusion": inclusion,
    "scope-subject": subjects,
    "no-duty-to-share": Cited("no-duty-to-share", RELEASE, lambda _term, matter: matter.facts.disclosure is False),
    "temporal-scope": Cited("covers-earlier-matter", frozenset(Act), lambda _term, matter: _earlier(matter)),
    "supersedes": Cited("covers-earlier-matter", frozenset(Act), lambda _term, matter: _earlier(matter)),
    "release-conditions": shown,
    "project-arrangement": shown,
    "protection-by-reference": Cited(
        "protected-elsewhere", PROVIDING, lambda _term, matter: matter.third and bool(matter.bound_parties)
    ),
    "non-binding": shown,
    "working-language": shown,
    "responsibility": shown,
}


def _earlier(matter: Matter) -> bool:
    """Passed, or made, before this text was signed."""
    given = matter.subject.passed_on or matter.subject.created
    return given is not None and given.isoformat() < matter.agreement.life.signed[:10]
