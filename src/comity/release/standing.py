"""Standing releases: the originator's own decision, taken beforehand for a class under a ceiling (DECISIONS 6).

An empty audience is nobody, an absent ceiling is the lowest: only what is unclassified, only TLP:CLEAR.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.core import dsse, instants, strictjson
from comity.core.errors import Malformed
from comity.core.keys import PublicKey
from comity.labels.equivalence import Equivalence, neutral_rank
from comity.labels.label import Tlp
from comity.release.reader import Reader
from comity.release.subject import Subject

FORMAT = "comity-standing-release/1"
PAYLOAD_TYPE = "application/vnd.comity.standing-release+json"
REFERABLE = frozenset({"kind", "annex", "level", "tlp", "purpose", "personal"})
"""What a standing release may leave to a person instead of refusing. `personal`: even where all else is covered."""

_MEMBERS = frozenset(
    [
        "format",
        "id",
        "origin",
        "agreement",
        "kinds",
        "annexes",
        "up_to_level",
        "up_to_tlp",
        "purposes",
        "to",
        "valid_from",
        "valid_until",
        "refer",
    ]
)


@dataclass(frozen=True, slots=True)
class StandingRelease:
    """`kinds` are exact or `cyber.*`; `to` names authorities; `up_to_level` is a level of `origin` or a neutral one."""

    id: str
    origin: str
    agreement: str
    kinds: frozenset[str]
    annexes: frozenset[str]
    purposes: frozenset[str]
    to: frozenset[str]
    valid_from: datetime
    valid_until: datetime
    up_to_level: str | None = None
    up_to_tlp: Tlp = Tlp.CLEAR
    refer: frozenset[str] = frozenset()

    def as_json(self) -> dict[str, Any]:
        members = {
            "format": FORMAT,
            "id": self.id,
            "origin": self.origin,
            "agreement": self.agreement,
            "kinds": sorted(self.kinds),
            "annexes": sorted(self.annexes),
            "purposes": sorted(self.purposes),
            "to": sorted(self.to),
            "up_to_tlp": self.up_to_tlp.text,
            "valid_from": instants.text(self.valid_from),
            "valid_until": instants.text(self.valid_until),
            "refer": sorted(self.refer),
        }
        return members | ({} if self.up_to_level is None else {"up_to_level": self.up_to_level})

    def canonical(self) -> bytes:
        """The bytes that the originator signs."""
        return strictjson.canonical(self.as_json())


def from_json(raw: bytes) -> StandingRelease:
    """Raises `Malformed`; an unknown member, format or referral is refused, never skipped."""
    value = strictjson.parse(raw, "the standing release", max_bytes=256 * 1024, max_depth=4)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise Malformed(f"this is not a standing release of format {FORMAT}")
    if wrong := sorted(set(value) ^ _MEMBERS - ({"up_to_level"} - set(value))):
        raise Malformed(f"a standing release lacks, or has beyond its format: {wrong[0]!r}")
    refer = _texts(value, "refer")
    if unknown := sorted(refer - REFERABLE):
        raise Malformed(f"a standing release cannot refer {unknown[0]!r} to a person")
    release = StandingRelease(
        id=_text(value, "id"),
        origin=_text(value, "origin"),
        agreement=_text(value, "agreement"),
        kinds=_texts(value, "kinds"),
        annexes=_texts(value, "annexes"),
        purposes=_texts(value, "purposes"),
        to=_texts(value, "to"),
        valid_from=instants.parse(value["valid_from"], "valid_from"),
        valid_until=instants.parse(value["valid_until"], "valid_until"),
        up_to_level=_text(value, "up_to_level") if "up_to_level" in value else None,
        up_to_tlp=Tlp.of(_text(value, "up_to_tlp")),
        refer=refer,
    )
    if release.valid_until <= release.valid_from:
        raise Malformed("a standing release ends after it begins")
    return release


def verify(raw: bytes, keys: Sequence[PublicKey], origin: str) -> StandingRelease:
    """The release in a DSSE envelope, once one of `origin`'s keys has signed it with both halves.

    Raises `Malformed`, or `Refused` where the signature is missing, wrong, or the release speaks for somebody else.
    """
    sealed = dsse.parse(raw, "the standing release", max_bytes=512 * 1024)
    key = next((one for one in keys if one.kid in sealed.signatures), keys[0])
    release = from_json(dsse.verify(sealed, PAYLOAD_TYPE, {origin: key}, "the standing release"))
    if release.origin != origin:
        raise Malformed(f"the standing release speaks for {release.origin}, but {origin} signed it")
    return release


def covers_kind(pattern: str, kind: str) -> bool:
    """`cyber.*` covers every kind of that field; else the very name."""
    return kind.startswith(pattern[:-1]) if pattern.endswith(".*") else pattern == kind


def misses(release: StandingRelease, subject: Subject, table: Equivalence) -> frozenset[str]:
    """What of a subject this release does not cover, by the words of `REFERABLE`."""
    checks = {
        "kind": any(covers_kind(pattern, subject.kind) for pattern in release.kinds),
        "annex": subject.annex in release.annexes,
        "purpose": subject.purpose in release.purposes,
        "level": _level_within(release, subject, table),
        "tlp": all(label.tlp is None or label.tlp <= release.up_to_tlp for label in subject.origins),
    }
    return frozenset(name for name, covered in checks.items() if not covered)


def _level_within(release: StandingRelease, subject: Subject, table: Equivalence) -> bool:
    marks = [(label.origin, label.level) for label in subject.origins if label.level is not None]
    if release.up_to_level is None:
        return not marks
    own = table.rank(release.origin, release.up_to_level)
    ceiling = own if table.find(release.origin, release.up_to_level) else neutral_rank(release.up_to_level)
    placed = all(table.find(origin, level) for origin, level in marks)
    return placed and all(table.rank(origin, level) <= ceiling for origin, level in marks)


def open_to(release: StandingRelease, reader: Reader, now: datetime) -> bool:
    """Whether it is in time, and names this reader's authority."""
    return release.valid_from <= now < release.valid_until and reader.organisation in release.to


def covers(standing: StandingRelease, subject: Subject, reader: Reader, table: Equivalence, now: datetime) -> bool:
    """Whether the release lets `subject` go to `reader` at `now` without a person. Levels are read in `table`."""
    if not open_to(standing, reader, now) or misses(standing, subject, table):
        return False
    return not (subject.personal and "personal" in standing.refer)


def originator_decision(
    subject: Subject, reader: Reader, standing: Iterable[StandingRelease], table: Equivalence, now: datetime
) -> tuple[str | bool | None, datetime | None]:
    """The disclosure fact, and until when it holds.

    A release's id: decided. `None`: a release in time names what is missing as a person's to decide. `False`: nobody
    decided to release it. Releases are read in the order of their ids, so that the answer is one.
    """
    releases = sorted(standing, key=lambda one: one.id)
    later = [one.valid_from for one in releases if one.valid_from > now]
    referred: list[datetime] = []
    for release in releases:
        if not open_to(release, reader, now):
            continue
        if covers(release, subject, reader, table, now):
            return release.id, release.valid_until
        if misses(release, subject, table) <= release.refer:
            referred.append(release.valid_until)
    bounds = [*later, *referred]
    return (None if referred else False), min(bounds, default=None)


def _text(value: dict[str, Any], name: str) -> str:
    if not isinstance(value.get(name), str) or not value[name]:
        raise Malformed(f"a standing release's {name} must be a text")
    return str(value[name])


def _texts(value: dict[str, Any], name: str) -> frozenset[str]:
    found = value.get(name)
    if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
        raise Malformed(f"a standing release's {name} must be a list of texts")
    if len(set(found)) != len(found):
        raise Malformed(f"a standing release's {name} names one thing twice")
    return frozenset(found)
