"""Levels: the ceiling, what has no equivalent, who may change one, what a party may ask for."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.labels.equivalence import neutral_rank
from comity.release.matter import LOWERING, PROVIDING, Answer, Matter
from comity.release.question import Act, Outcome
from comity.release.rules.rule import NO_ACT, Check, Cited, Of, Owes, holder, owe, unless

COPYING = frozenset({Act.COPY, Act.TRANSLATE})


def max_level(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-KR 3(6), JP-KR 4(1), NL-US 11(2)(i): nothing above the highest level that is exchanged."""
    if matter.act not in PROVIDING or matter.rank is None:
        return
    ceiling = term.params.get("max_en")
    if isinstance(ceiling, str) and matter.rank > neutral_rank(ceiling):
        yield matter.finding("above-ceiling", term, Outcome.DENY, ceiling=ceiling)
    elif term.params.get("levels_closed") and not all(matter.table.find(*mark) for mark in matter.marks):
        yield matter.finding("level-not-in-table", term, Outcome.DENY)
    else:
        yield matter.finding("below-ceiling", term, Outcome.ALLOW)


def no_equivalent(term: Term, matter: Matter) -> Iterator[Answer]:
    """NL-SE MoU2a, CH-CZ 7(2)(a), NL-US DM (treated or marked as); CH-FI 4(5), CH-PL 2(5), CH-LU 3.3 (arrangement)."""
    if matter.act not in PROVIDING | {Act.USE, Act.ACCESS} or matter.reader.party not in matter.parties:
        return
    for mark in matter.marks:
        if matter.concerns(term, mark) and mark[0] != matter.reader.party and not _placed(term, matter, mark):
            yield from _stead(term, matter, mark)


def _placed(term: Term, matter: Matter, mark: tuple[str, str, str | None]) -> bool:
    """Whether the term speaks of another reader than this one: among several parties some have the equivalent that
    the others lack (EU-MS Annex)."""
    target = matter.reader.party
    if any(target in (term.params.get(name) or {}) for name in ("treat_as", "mark_as")):
        return False
    others = matter.parties - {mark[0]}
    lacking = {party for party in others if matter.table.to(*mark[:2], party, mark[2]) is None}
    return bool(lacking) and target not in lacking


def _stead(term: Term, matter: Matter, mark: tuple[str, str, str | None]) -> Iterator[Answer]:
    target, params = matter.reader.party, term.params
    treated, marked = ((params.get(name) or {}).get(target) for name in ("treat_as", "mark_as"))
    if treated or marked:
        yield matter.finding("treated-as", term, Outcome.ALLOW, level=str(treated or marked))
        if treated:
            yield matter.duty("mark-equivalent", target, term, to=str(treated))
            yield matter.duty("keep-original-marking", target, term, level=mark[1])
        else:
            yield matter.duty("mark", target, term, text=str(marked))
            yield matter.duty("locked-storage", target, term)
        if params.get("plus"):
            yield matter.duty("extra-measures", target, term, ref=str(params["plus"]))
    elif matter.arranged(mark, target) is not None:
        arrangement = min(found.id for found in matter.facts.arrangements)
        yield matter.finding("arranged", term, Outcome.ALLOW, ref=arrangement)
        yield matter.duty("extra-measures", target, term, ref=arrangement)
    elif params.get("requires"):
        givers = matter.givers(str(params.get("consent_from") or "both-authorities"), frozenset({mark[0]}))
        form, scopes = str(params["requires"]), frozenset({"release", "arrangement"})
        yield from unless(term, matter, "no-arrangement", givers, form, scopes)
    else:
        yield matter.finding("no-equivalent", term, Outcome.DENY, level=mark[1])


def unplaced(term: Term, matter: Matter) -> Iterator[Answer]:
    """The house's own: a level that stands in no row, and of which no term speaks, goes nowhere (DECISIONS 1).

    A text without a table that refers to others for protection (TISA 3) leaves levels to them.
    """
    target = matter.reader.party
    if matter.act not in PROVIDING | {Act.USE, Act.ACCESS} or target not in matter.parties or matter.rank is None:
        return
    if not matter.table.rows and matter.first("protection-by-reference") is not None:
        return
    spoken = matter.by_kind.get("no-equivalent", [])
    for mark in matter.marks:
        placed = matter.table.to(*mark[:2], target, mark[2]) or matter.instead(mark, target)
        if placed is None and not any(matter.concerns(row, mark) for row in spoken):
            yield matter.finding("no-equivalent", term, Outcome.DENY, level=mark[1])


def handling_request(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-SG 2.2, CH-DK 1.2: a party may ask for a higher degree of protection, never for a lower one."""
    ask = matter.facts.ask
    if ask is None or ask.level is None:
        return
    target = (
        matter.recipient if matter.recipient != ask.by else min(matter.parties - {ask.by}, default=matter.recipient)
    )
    places = [matter.table.position(mark[0], mark[1]) for mark in matter.marks]
    asked = matter.table.native(target, ask.level) or matter.table.native(ask.by, ask.level)
    now = [matter.table.to(mark[0], mark[1], target, mark[2]) for mark in matter.marks]
    held = max(
        (place for name in now if name and (place := matter.table.position(target, name)) is not None), default=-1
    )
    wanted = None if asked is None else matter.table.position(target, asked)
    if wanted is None or wanted < held or (places and None in places):
        yield matter.finding("handling-lowered", term, Outcome.DENY, level=ask.level)
    else:
        yield matter.finding("handling-raised", term, Outcome.ALLOW, level=str(asked))
        yield matter.duty("protect-as", target, term, level=str(asked))


def change(code: str) -> Check:
    """Lowering another's level takes its consent; without a route in the text (CH-PL 2(3)) it is barred for good."""

    def check(term: Term, matter: Matter) -> Iterator[Answer]:
        """CH-IL VI(2)(c), CH-KR 3(4), CH-FI 4(4), CH-SG 5.1(c), NL-AU 17."""
        if matter.act not in LOWERING:
            return
        origins = matter.foreign & matter.parties
        if not origins:
            yield matter.finding("own-information", term, Outcome.ALLOW)
            return
        form = term.params.get("requires")
        if not isinstance(form, str):
            yield matter.finding(f"{code}-barred", term, Outcome.DENY)
            return
        givers = matter.givers(str(term.params.get("consent_from") or "originator"), origins)
        found = list(unless(term, matter, code, givers, form, frozenset({matter.act.value, "downgrade"})))
        yield from found
        if all(getattr(answer, "outcome", Outcome.ALLOW) is Outcome.ALLOW for answer in found):
            yield matter.duty("re-mark", matter.keeper, term, to=matter.facts.to_level or "unclassified")

    return check


def notify_change(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL VI(1)(c), CH-KR 3(5), JP-KR 6(g): the originator tells of a change, the recipient re-marks."""
    event = matter.facts.event
    if event is not None and event.kind in {"classification-changed", "originator-changed-level"}:
        changer = event.by or matter.originator
        yield matter.finding("level-changed", term, Outcome.ALLOW, by=changer)
        if event.notified is False or event.to is None:
            due = term.params.get("deadline")
            yield matter.duty("notify-classification-change", changer, term, str(due) if due else "promptly")
        if event.to is not None and changer in matter.subject.originators:
            target = matter.recipient if matter.recipient != changer else min(matter.parties - {changer})
            level = matter.table.to(changer, event.to, target)
            yield matter.duty("re-mark", target, term, to=level or event.to)
    elif term.params.get("requires"):
        yield from change("level-change")(term, matter)
    elif matter.act in LOWERING and not matter.foreign:
        yield matter.finding("own-information", term, Outcome.ALLOW)
        yield matter.duty("notify-classification-change", matter.keeper, term, "promptly")


def level_renamed(term: Term, matter: Matter) -> Iterator[Answer]:
    """EU-MS 3(3): a renamed level is told to the depositary; it is no amendment."""
    event = matter.facts.event
    if event is not None and event.kind == "level-renamed":
        yield matter.finding("level-renamed", term, Outcome.ALLOW)
        yield matter.duty("notify-depositary", event.by or matter.originator, term)


def unmarked(term: Term, matter: Matter) -> Iterator[Answer]:
    """IL-JP 7(4) (fictional), NL-AU 13: meant to be classified but unmarked; protected, and the originator asked."""
    if matter.act not in PROVIDING | {Act.USE, Act.ACCESS} or not (matter.presumed or matter.subject.indicated):
        return
    level = matter.effective(matter.recipient).level
    yield matter.finding("unmarked", term, Outcome.ALLOW)
    if level is not None:
        yield matter.duty("protect-as", matter.recipient, term, level=level)
    if matter.presumed:
        yield matter.duty("query-originator", matter.recipient, term)


def protected_unclassified(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FR 5.2-5.3: a mark that is no classification is protected like the other side's."""
    marks = term.params.get("mark") or {}
    for mark in matter.marks:
        if marks.get(mark[0]) == mark[1] and (level := marks.get(matter.recipient)):
            yield matter.finding("protected-unclassified", term, Outcome.ALLOW)
            yield matter.duty("protect-as", matter.recipient, term, level=str(level))
            yield matter.duty("mark-equivalent", matter.recipient, term, to=str(level))


def _equivalent(_term: Term, matter: Matter) -> bool:
    return matter.reader.party in matter.parties and matter.rank is not None and not matter.bound


ROWS: dict[str, Check] = {
    "equivalence": Cited("equivalent", frozenset({Act.RELEASE}), _equivalent),
    "max-level": max_level,
    "no-equivalent": no_equivalent,
    "handling-request": handling_request,
    "classification-change": change("level-change"),
    "notify-classification-change": notify_change,
    "level-change-notice": Of(NO_ACT, level_renamed, event=True),
    "protect-equivalent": Owes(
        "handled-as-original",
        COPYING,
        lambda _term, matter: matter.rank is not None,
        owe("carry-marking", holder),
    ),
    "unmarked": unmarked,
    "unclassified-protected": protected_unclassified,
}
