"""`Matter`: one question under one agreement at one instant, with what the rules keep asking of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from comity.agreement.amendments import by_kind, kinds_at, terms_at
from comity.agreement.dates import instant_of
from comity.agreement.events import counts, moment_of
from comity.agreement.instrument import Agreement, Authority, Term
from comity.agreement.life import State, Status
from comity.core.errors import Malformed
from comity.labels.equivalence import Equivalence, neutral_rank
from comity.labels.label import OriginLabel
from comity.release import waiver
from comity.release.facts import Event, Facts
from comity.release.question import Act, Duty, Finding, Outcome, Question
from comity.release.reader import PRIVATE, Clearance, PersonReader, Reader
from comity.release.subject import Subject

Answer = Finding | Duty
Found = TypeVar("Found")
PROVIDING = frozenset({Act.RELEASE, Act.ONWARD_RELEASE})
SEEING = frozenset({Act.RELEASE, Act.USE, Act.ACCESS})
LOWERING = frozenset({Act.DOWNGRADE, Act.DECLASSIFY})
STEERING = "steering-committee"
STEADS = ("no-equivalent", "unclassified-protected")


@dataclass(frozen=True, slots=True)
class Effective:
    """The level to apply in one party's scheme. `sure` is false where some part of the thing has no place there."""

    level: str | None
    sure: bool


@dataclass
class Matter:
    """`bound`: this agreement only binds some source; it is not the one under which the act is done."""

    question: Question
    agreement: Agreement
    terms: tuple[Term, ...]
    status: Status
    now: datetime
    act: Act
    subject: Subject
    bound: bool = False
    also: tuple[Agreement, ...] = ()
    bounds: list[datetime] = field(default_factory=list)

    @property
    def facts(self) -> Facts:
        return self.question.facts

    @property
    def reader(self) -> Reader:
        return self.question.reader

    @property
    def table(self) -> Equivalence:
        return self.agreement.equivalence

    @cached_property
    def parties(self) -> frozenset[str]:
        return frozenset(self.agreement.party_ids)

    @cached_property
    def by_kind(self) -> Mapping[str, list[Term]]:
        terms = self.terms
        if terms is terms_at(self.agreement, self.now):
            return kinds_at(self.agreement, self.now)
        return by_kind(terms)

    def first(self, *kinds: str) -> Term | None:
        """The first term of these kinds, in their order."""
        return next((terms[0] for kind in kinds if (terms := self.by_kind.get(kind))), None)

    def cite(self, term: Term) -> str:
        """`agreement:VI(2)(d)@1`; with its id before the article where it is not the question's own agreement."""
        name = f"{self.agreement.id}#{term.article}" if self.bound else term.article
        return f"agreement:{name}@{self.agreement.version}"

    def finding(self, code: str, term: Term, outcome: Outcome, **params: str) -> Finding:
        return Finding(code, self.cite(term), outcome, tuple(sorted(params.items())))

    def duty(self, duty: str, actor: str, term: Term, due: str | None = None, **params: str) -> Duty:
        return Duty(duty, actor, self.cite(term), due, tuple(sorted(params.items())))

    def once(self, what: Callable[..., Found], *about: Any) -> Found:
        """What `what` finds in this matter. It is asked here, so that a comparison of texts can ask it once for all
        classes: what it finds must have a hash, and be the same for the same classes."""
        return what(*about, self)

    # who

    @cached_property
    def foreign(self) -> frozenset[str]:
        """Originators whose information it is, other than the holder: whom the holder must ask."""
        others = self.subject.originators - {self.facts.holder}
        return others - self.released if self.ended else others

    @cached_property
    def released(self) -> frozenset[str]:
        """Who has released the holder from its duties: for this thing, for its kind, or for everything they gave under
        the text."""
        told = frozenset(
            str(event.get("by"))
            for event in self.agreement.life.events
            if event["kind"] == "released-from-duty"
            and self._let_go(event.get("scope"))
            and counts(event)
            and instant_of(moment_of(event)) <= self.now
        )
        return self.facts.released_by | told

    def _let_go(self, scope: object) -> bool:
        """Whether a release from duty is of everything, or of this kind of record. One of a single thing is a fact."""
        try:
            said = waiver.read(None if scope is None else str(scope))
        except Malformed:
            return False
        return said.everything or said.of_thing("", self.subject.kind)

    @cached_property
    def origins(self) -> tuple[OriginLabel, ...]:
        """Every origin label in it, in one order."""
        origins = self.subject.origins
        return tuple(sorted(origins, key=str)) if len(origins) > 1 else tuple(origins)

    @cached_property
    def bound_parties(self) -> frozenset[str]:
        """Of those, the parties to this text that do not get back their own."""
        return (self.foreign & self.parties) - {self.reader.party}

    @cached_property
    def ended(self) -> bool:
        return self.status.state is State.ENDED

    @cached_property
    def others(self) -> frozenset[str]:
        return self.parties - {self.facts.holder}

    @property
    def recipient(self) -> str:
        """The party that owes what a recipient owes."""
        if self.reader.party in self.parties:
            return self.reader.party
        return self.facts.holder or self.reader.party

    @property
    def keeper(self) -> str:
        """The party that has the thing in its hands."""
        return self.facts.holder or self.recipient

    @cached_property
    def originator(self) -> str:
        """The originator that speaks first: the whole's own, else the first by name."""
        return min(self.subject.label.parties & self.parties or self.subject.originators)

    @cached_property
    def third(self) -> bool:
        """Whether the reader is a third party: outside the parties, or a private body or person inside one."""
        reader = self.reader
        if reader.party not in self.parties:
            return True
        if reader.kind in PRIVATE and reader.contractor is None:
            return True
        return self.counts_foreigners and bool(reader.nationality) and not reader.nationality & self.parties

    @cached_property
    def counts_foreigners(self) -> bool:
        """Whether the text's definition makes a natural person of another nationality a third party (CH-FR 1.10)."""
        return any(
            "natural person" in text for term in self.by_kind.get("definition", ()) for text in term.text.values()
        )

    @property
    def purpose(self) -> str | None:
        """What it is wanted for: what is intended, else what the thing itself is for."""
        return self.facts.intended_purpose or self.subject.purpose

    def authority(self, party: str) -> str:
        """`<party>-<name>` where the text names the party's competent authority, else the party."""
        for term in self.by_kind.get("competent-authorities", ()):
            if name := _mapping(term.params.get("authorities")).get(party):
                return name if name.startswith(f"{party}-") else f"{party}-{name}"
        return party

    def givers(self, whose: str, origins: frozenset[str]) -> frozenset[str]:
        """Who must consent, by the vocabulary's words. `origins` are the originators still to be asked."""
        match whose:
            case "originator":
                return origins
            case "originator-NSA":
                return frozenset(self.authority(party) for party in origins)
            case "other-party":
                return self.others if origins else frozenset()
            case "both-parties":
                return self.parties
            case "both-authorities":
                return frozenset(self.authority(party) for party in self.parties)
            case _:
                return frozenset({whose})

    @cached_property
    def consenting(self) -> tuple[Authority, ...]:
        """The offices that the text lets consent for their parties."""
        return tuple(one for one in self.agreement.authorities if "consent" in one.may)

    def same_giver(self, by: str, giver: str) -> bool:
        """Whether `by` may speak for `giver`: itself, its named authority, an office that the text lets consent, any
        office where the text names none."""
        if by == giver or any(one.id == by and one.party == giver for one in self.consenting):
            return True
        named = self.authority(giver)
        return by == named if named != giver else giver in self.parties and by.startswith(giver + "-")

    def speaks_for(self, by: str, party: str) -> bool:
        """Whether `by` is this party or its competent authority."""
        return by == party or self.same_giver(by, self.authority(party))

    # levels

    def placed(self, origin: str, level: str, en: str | None) -> tuple[str, str, str | None]:
        """A mark in a scheme this text knows: an outsider's is read through the text under which the holder got it,
        one in another party's scheme (a recipient's own mark) in that scheme, the highest where several fit."""
        if self.table.find(origin, level) or self.table.native(origin, level) is not None:
            return origin, level, en
        holder = self.facts.holder
        if origin not in self.parties and holder is not None:
            for text in self.also:
                if origin in text.party_ids and (own := text.equivalence.to(origin, level, holder, en)):
                    return holder, own, None
        schemes = [party for party in sorted(self.parties) if self.table.native(party, level) is not None]
        scheme = max(schemes, key=lambda party: self.table.rank(party, level), default=origin)
        return scheme, level, en

    @cached_property
    def marks(self) -> tuple[tuple[str, str, str | None], ...]:
        """Every level in it: (party whose scheme it is, level, stated neutral term)."""
        return tuple(sorted({self.placed(*mark) for mark in self._marks()}, key=str))

    def _marks(self) -> Iterator[tuple[str, str, str | None]]:
        subject, event = self.subject, self.facts.event
        own = [origin for origin in subject.label.origins if origin.level is not None]
        for origin in own:
            level = origin.level
            if event is not None and event.to and event.by == origin.origin and self._passed(event):
                if event.kind == "classification-changed":
                    level = event.to
                elif event.kind == "originator-changed-level":
                    yield origin.origin, event.to, None
            yield origin.origin, str(level), subject.english_term
        for _, label in (*subject.sources, *subject.portions):
            yield from ((part.origin, part.level, None) for part in label.origins if part.level is not None)
        if subject.marking is not None and (
            subject.marking in self.unclassified or self.table.anywhere(subject.marking)
        ):
            yield self.originator, subject.marking, None
        elif not own and (meant := subject.indicated or self.presumed):
            yield self.originator, meant, None

    def _passed(self, event: Event) -> bool:
        return event.on is None or event.on <= self.now

    @cached_property
    def presumed(self) -> str | None:
        """The neutral level at which the text has unmarked information of doubtful status protected."""
        term = self.first("unmarked")
        if term is None or not self.subject.unmarked or self.subject.indicated or self.act not in SEEING | PROVIDING:
            return None
        level = term.params.get("default_en")
        return level if isinstance(level, str) else None

    @cached_property
    def rank(self) -> int | None:
        """The highest place of any part on the neutral ladder; `None` for what is not classified."""
        ranks = [self.table.rank(*mark) for mark in self.marks if mark[1] not in self.unclassified]
        return max(ranks, default=None)

    @cached_property
    def unclassified(self) -> frozenset[str]:
        """Marks that the text protects although they are no classification."""
        terms = self.by_kind.get("unclassified-protected", ())
        return frozenset(mark for term in terms for mark in _mapping(term.params.get("mark")).values())

    def reaches(self, en: object) -> bool:
        """Whether it is classified at `en` or above. No threshold: whether it is classified at all."""
        if self.rank is None:
            return False
        return not isinstance(en, str) or en == "ANY" or self.rank >= neutral_rank(en)

    def at(self, levels_en: object) -> bool:
        """Whether its level is one of these neutral ones; no list means every level."""
        if self.rank is None:
            return False
        if not isinstance(levels_en, list | tuple):
            return True
        return any(self.rank in {neutral_rank(en), neutral_rank(en) - 1} for en in levels_en)

    def effective(self, target: str) -> Effective:
        """The level to apply in `target`'s scheme: the highest over every part, asks for more included."""
        names: list[str] = []
        sure = True
        for mark in self.marks:
            name = self.table.to(mark[0], mark[1], target, mark[2]) or self.instead(mark, target)
            sure = sure and name is not None
            names.extend([name] if name is not None else [])
        ask = self.facts.ask
        if ask and ask.level and (raised := self.table.native(target, ask.level)):
            names.append(raised)
        if len(set(names)) < 2:
            return Effective(names[0] if names else None, sure)
        return Effective(self.table.highest(target, names), sure and self.table.highest(target, names) is not None)

    @cached_property
    def steads(self) -> tuple[Term, ...]:
        """The terms that put something in the place of an equivalent, in the order of the text."""
        return tuple(term for term in self.terms if term.rule in STEADS)

    def instead(self, mark: tuple[str, str, str | None], target: str) -> str | None:
        """What the text puts in the place of an equivalent that does not exist."""
        for term in self.steads:
            stead = _mapping(term.params.get("treat_as") or term.params.get("mark_as"))
            if term.rule == "no-equivalent" and self.concerns(term, mark) and target in stead:
                return str(stead[target])
            marks = _mapping(term.params.get("mark")) if term.rule == "unclassified-protected" else {}
            if marks.get(mark[0]) == mark[1]:
                return str(marks[target]) if target in marks else None
        return self.arranged(mark, target)

    def arranged(self, mark: tuple[str, str, str | None], target: str) -> str | None:
        """The target's highest level, where both sides made an arrangement that covers this one."""
        rows = set(self.table.find(*mark))
        for arrangement in self.facts.arrangements:
            covers = arrangement.covers == mark[1] or bool(rows & set(self.table.anywhere(arrangement.covers)))
            named = any(self.concerns(term, mark) for term in self.by_kind.get("no-equivalent", ()))
            top = self.table.rank(*mark) >= neutral_rank("TOP SECRET") and neutral_rank(arrangement.covers) == 8
            signed = all(any(self.speaks_for(by, party) for by in arrangement.by) for party in (mark[0], target))
            agreed = signed and arrangement.on is not None and arrangement.on <= self.now
            if agreed and named and (covers or top) and (levels := self.table.levels.get(target)):
                return levels[-1]
        return None

    def concerns(self, term: Term, mark: tuple[str, str, str | None]) -> bool:
        """Whether a `no-equivalent` term speaks of this level."""
        level = _mapping(term.params.get("level")).get(mark[0])
        return level is not None and self.table.native(mark[0], level) == self.table.native(mark[0], mark[1])

    def cleared(self, clearance: Clearance | None) -> bool:
        """Whether this clearance reaches the effective level, in one scheme, today. What cannot be placed does not."""
        if clearance is None or clearance.party not in self.parties:
            return False
        if clearance.valid_until is not None:
            if clearance.valid_until <= self.now:
                return False
            self.bounds.append(clearance.valid_until)
        wanted = self.effective(clearance.party)
        levels = self.table.levels.get(clearance.party)
        needed_level = levels[-1] if not wanted.sure and levels and self.awaited(clearance.party) else wanted.level
        if not (wanted.sure or self.awaited(clearance.party)) or needed_level is None:
            return False
        held, needed = (self.table.position(clearance.party, level) for level in (clearance.level, needed_level))
        return held is not None and needed is not None and held >= needed

    def awaited(self, target: str) -> bool:
        """Whether every part without a place in `target`'s scheme has one by arrangement only: such a part is for
        those cleared to its highest level (reading rule 4), once the arrangement is made."""
        lacking = [
            mark
            for mark in self.marks
            if not (self.table.to(mark[0], mark[1], target, mark[2]) or self.instead(mark, target))
        ]
        ruled = [term for term in self.by_kind.get("no-equivalent", ()) if term.params.get("requires")]
        return bool(lacking) and all(any(self.concerns(term, mark) for term in ruled) for mark in lacking)

    def foreigner(self) -> bool:
        """Whether the reader's nationality (default reading 3) matters here: another party's information."""
        return isinstance(self.reader, PersonReader) and bool(self.subject.originators - {self.reader.party})

    def days(self, start: date | datetime | None, days: int) -> str | None:
        """The date `days` after `start`, as ISO text."""
        if start is None:
            return None
        day = start.date() if isinstance(start, datetime) else start
        return (day + timedelta(days=days)).isoformat()


def _mapping(value: object) -> dict[str, Any]:
    return dict(value.items()) if hasattr(value, "items") else {}
