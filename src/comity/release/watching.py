"""A question that notes what a rule reads of it: a region of classes, asked as its first class is.

Where all classes of a region agree on what was read, the rule answers them all alike. Where they do not, the region is
split by that very reading, and asked again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import cached_property
from typing import Any, cast

from comity.agreement.instrument import Agreement, AgreementRef
from comity.labels.label import ALL, Label, OriginLabel, Tlp
from comity.release.axes import Axes
from comity.release.circumstances import STATED
from comity.release.facts import Facts, Visit
from comity.release.named import FITTING, HOLDER, RECIPIENT, Value
from comity.release.question import Question, Reader, Subject
from comity.release.reader import Clearance, Contractor

Region = dict[str, tuple[Value, ...]]
Reading = Callable[[Value], Any]

_FACTS = {one.name: STATED.get(one.name, one.default) for one in fields(Facts) if one.init}
_SUBJECT = {one.name: one.default for one in fields(Subject) if one.init and one.default is not MISSING}
_OF_FACTS = {
    "approvals": "approvals",
    "transmission": "channel",
    "intended_purpose": "intended",
    "to_level": "to_level",
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """What both texts say that a value's words stand for: offices and levels by party, what annexes cover."""

    offices: Mapping[str, list[str]]
    levels: Mapping[str, list[str]]
    kinds: Mapping[str | None, str]
    purposes: Mapping[str | None, str]


class Parted(BaseException):
    """A region's classes do not agree on what was just read: the rule that read it is not asked to its end."""


class Watch:
    """One region being asked. `split` is the first reading on which its classes do not agree, with its axis.

    Beside the axes a rule reads what is worked out from them (`among`): such a thing is an axis of its own, and what
    its values stand for is known from a diagram.
    """

    def __init__(self, region: Region, scheme: Scheme) -> None:
        self.region = region
        self.scheme = scheme
        self.split: tuple[str, Reading] | None = None

    def read(self, axis: str, what: str) -> Any:
        """What the first class says in `what` of `axis`. Raises `Parted`."""
        return self._read(axis, lambda value: value.fields[what])

    def asks(self, axis: str, reading: Reading) -> bool:
        """Whether the first class is so: a question of yes or no, which splits into two at most. Raises `Parted`."""
        return bool(self._read(axis, reading))

    def among(self, name: str, values: tuple[Value, ...], reading: Reading) -> Any:
        """What the first class says of something worked out, which can be any of `values`. Raises `Parted`."""
        self.region.setdefault(name, values)
        return self._read(name, reading)

    def circumstance(self, part: str, name: str, default: Any) -> Any:
        """What the circumstance sets of the subject or the facts, else `default`. Raises `Parted`."""
        return self._read("circumstance", lambda value: getattr(value.fields["circumstance"], part).get(name, default))

    def of_event(self, name: str) -> Any:
        """What the event says in `name`; nothing where there is none. Raises `Parted`."""
        return self._read("circumstance", lambda value: getattr(value.fields["event"], name, None))

    def of_visit(self, name: str) -> Any:
        """What the request for a visit says in `name`. Raises `Parted`."""
        return self._read("visit", lambda value: getattr(value.fields["visit"], name, None))

    def party(self, named: str) -> str:
        """Who is meant: the holder, the recipient, or somebody by name. Raises `Parted`."""
        if named == HOLDER:
            return str(self.read("between", "holder"))
        return str(self.read("between", "recipient")) if named == RECIPIENT else named

    def _read(self, axis: str, reading: Reading) -> Any:
        values = self.region[axis]
        found = reading(values[0])
        if any(reading(value) != found for value in values[1:]):
            self.split = axis, reading
            raise Parted
        return found

    def parts(self) -> Iterator[Region]:
        """The regions into which the split takes this one apart, in the order of their first values."""
        if self.split is None:
            return
        axis, reading = self.split
        groups: list[tuple[Any, list[Value]]] = []
        for value in self.region[axis]:
            found = reading(value)
            same = next((group for known, group in groups if known == found), None)
            if same is None:
                groups.append((found, [value]))
            else:
                same.append(value)
        for _, group in groups:
            yield {**self.region, axis: tuple(group)}


class WatchedLabel:
    """One origin's label. It is a `OriginLabel` to every rule that reads it."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        read = self._watch.read
        if name == "origin":
            return self._watch.party(read("mark", "origin"))
        if name == "level":
            return read("mark", "level")
        return read(name, name)

    @property
    def public(self) -> bool:
        """As an `OriginLabel` says it; each axis is asked only whether it is free."""
        asks = self._watch.asks
        return (
            asks("tlp", lambda value: value.fields["tlp"] is Tlp.CLEAR)
            and asks("rel_to", lambda value: value.fields["rel_to"] in (None, ALL))
            and asks("purposes", lambda value: value.fields["purposes"] is None)
            and asks("personal", lambda value: not value.fields["personal"])
            and asks("mark", lambda value: value.fields["level"] is None)
            and asks("caveats", lambda value: not value.fields["caveats"])
        )

    def __repr__(self) -> str:
        return "the label"


class WatchedSubject:
    """The class asked about. `work` finds what is worked out once for all classes."""

    work: Callable[[object, Callable[[Any], Any]], Any]

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    @cached_property
    def label(self) -> Any:
        return WatchedWhole(WatchedLabel(self._watch))

    @property
    def kind(self) -> str:
        return str(self.work("kind", lambda matter: matter.subject.of_kind))

    @property
    def purpose(self) -> str:
        return str(self.work("purpose", lambda matter: matter.subject.for_what))

    @property
    def of_kind(self) -> str:
        """The kind, read from the axes."""
        named = self._watch.circumstance("subject", "kind", None) or self._watch.read("kind", "kind")
        return self._watch.scheme.kinds[self.annex] if named == FITTING else str(named)

    @property
    def annex(self) -> str | None:
        return cast("str | None", self._watch.read("annex", "annex"))

    @property
    def for_what(self) -> str:
        """The purpose, read from the axes."""
        named = self._watch.read("purpose", "purpose")
        return self._watch.scheme.purposes[self.annex] if named == FITTING else str(named)

    @property
    def origins(self) -> frozenset[Any]:
        parts = [label for _, label in (*self.sources, *self.portions)]
        return frozenset((*self.label.origins, *(origin for label in parts for origin in label.origins)))

    @property
    def originators(self) -> frozenset[str]:
        return cast("frozenset[str]", self.work("originators", lambda matter: matter.subject.whose))

    @property
    def whose(self) -> frozenset[str]:
        """The originators, read from the axes."""
        return frozenset((*(label.origin for label in self.origins), *self.owners))

    @property
    def personal(self) -> bool:
        return any(label.personal for label in self.origins)

    def __getattr__(self, name: str) -> Any:
        return self._watch.circumstance("subject", name, _SUBJECT[name])


class WatchedWhole:
    """The label of the whole: one origin's."""

    def __init__(self, only: WatchedLabel) -> None:
        self.origins = frozenset({only})

    @property
    def parties(self) -> frozenset[str]:
        return frozenset(label.origin for label in self.origins)

    @property
    def public(self) -> bool:
        return all(label.public for label in self.origins)


class WatchedFacts:
    """What is known. `holder` is the party from which the question is asked."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.standing = frozenset[Any]()
        self.disclosure = "decided"
        self.sanitisable = True

    @property
    def holder(self) -> str:
        return self._watch.party(HOLDER)

    @property
    def consents(self) -> Any:
        return self._watch.read("consents", "consents")[self._watch.read("act", "act")]

    @property
    def event(self) -> Any:
        """None or what is known of it: what a rule asks of an event is read one by one."""
        happened = self._watch.read("circumstance", "happened")
        return WatchedEvent(self._watch) if happened else None

    @property
    def visit(self) -> Any:
        """None or what is known of it, as with an event."""
        return WatchedVisit(self._watch) if self._watch.read("visit", "asked") else None

    def __getattr__(self, name: str) -> Any:
        if name in _OF_FACTS:
            return self._watch.read(_OF_FACTS[name], name)
        return self._watch.circumstance("facts", name, _FACTS[name])


class WatchedEvent:
    """What happened."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return self._watch.of_event(name)


class WatchedVisit:
    """A request for a visit."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    @property
    def host(self) -> str:
        return self._watch.party(self._watch.of_visit("host"))

    def __getattr__(self, name: str) -> Any:
        return self._watch.of_visit(name)


class WatchedFirm:
    """What is known of a firm."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.approved_by = frozenset[str]()
        self.contract_end = None

    @property
    def facility_clearance(self) -> Clearance | None:
        return _clearance(self._watch)

    def __getattr__(self, name: str) -> Any:
        if name in ("controlled_by", "country"):
            return self._watch.read("reader", name)
        own = "firm_briefed" if name == "briefed" else name
        return self._watch.read(f"firm.{own}", own)


class WatchedReader:
    """Who would receive or see it: of the class that the region's first reader is."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    @property  # type: ignore[misc]  # read-only here, and nobody sets it
    def __class__(self) -> Any:
        """Rules ask of which class a reader is; that is a reading too."""
        return self._watch.read("reader", "class")

    @property
    def party(self) -> str:
        return self._watch.party(self._watch.read("reader", "party"))

    @property
    def organisation(self) -> str:
        named = self._watch.read("reader", "organisation")
        if not isinstance(named, int):
            return str(named)
        offices = self._watch.scheme.offices.get(self.party, [])
        return offices[named] if named < len(offices) else "an-office"

    authority = organisation

    @property
    def nationality(self) -> frozenset[str]:
        return frozenset({self._watch.party(self._watch.read("reader", "nationality"))})

    @property
    def contractor(self) -> Any:
        return WatchedFirm(self._watch) if self._watch.read("reader", "firm") else None

    @property
    def clearance(self) -> Clearance | None:
        return _clearance(self._watch)

    def __getattr__(self, name: str) -> Any:
        if name in ("need_to_know", "briefed", "acknowledged"):
            return self._watch.read(name, name)
        return self._watch.read("reader", name)


def _clearance(watch: Watch) -> Clearance | None:
    held = watch.read("clearance", "clearance")
    if held != HOLDER:
        return cast("Clearance | None", held)
    party = watch.party(watch.read("reader", "party"))
    levels = watch.scheme.levels.get(party)
    return Clearance(party, levels[-1]) if levels else None


class WatchedQuestion:
    """The question that the watched matter holds."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.facts = WatchedFacts(watch)
        self.reader = WatchedReader(watch)
        self.bound_by = frozenset[AgreementRef]()


def first_of(region: Region, scheme: Scheme, agreement: Agreement) -> Question:
    """The region's first class as a real question under `agreement`, for `decide`."""
    watch = Watch({axis: values[:1] for axis, values in region.items()}, scheme)
    subject, facts, reader = WatchedSubject(watch), WatchedFacts(watch), WatchedReader(watch)
    label = next(iter(subject.label.origins))
    real = OriginLabel(**{one.name: getattr(label, one.name) for one in fields(OriginLabel)})
    known = {name: getattr(facts, name) for name in _FACTS if name not in ("event", "visit")}
    others = {name: getattr(subject, name) for name in _SUBJECT if name not in ("annex", "purpose")}
    return Question(
        agreement=agreement.ref,
        status_key=str(watch.read("force", "force")),
        act=watch.read("act", "act"),
        subject=Subject(subject.of_kind, Label.of(real), subject.annex, subject.for_what, **others),
        reader=_real_reader(watch, reader),
        facts=Facts(event=watch.circumstance("facts", "event", None), visit=_real_visit(watch), **known),
    )


def _real_visit(watch: Watch) -> Visit | None:
    asked = watch.read("visit", "visit")
    return None if asked is None else replace(asked, host=watch.party(asked.host))


def _real_reader(watch: Watch, reader: WatchedReader) -> Reader:
    firm = reader.contractor
    known = {one.name: getattr(firm, one.name) for one in fields(Contractor)} if firm is not None else {}
    cls = watch.read("reader", "class")
    members = {one.name: getattr(reader, one.name) for one in fields(cls) if one.name != "contractor"}
    if any(one.name == "contractor" for one in fields(cls)):
        members["contractor"] = Contractor(**known) if known else None
    return cast("Reader", cls(**members))


def everything(axes: Axes) -> Region:
    """The region of every class."""
    return dict(axes)
