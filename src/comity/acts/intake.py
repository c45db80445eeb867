"""Taking things in: parse strictly, label from markings and profile, keep, and only then acknowledge (DESIGN 4)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import islice

from comity.acts.finding import found
from comity.acts.keeping import check_room
from comity.acts.node import Node
from comity.acts.ports import HouseTx
from comity.core import ids, strictjson
from comity.core.errors import Malformed, Refused
from comity.labels.profile import Profile
from comity.records import NewRecord, Principal, RecordState
from comity.release import provenance
from comity.release.kind import Identity, Lookup, Piece
from comity.release.provenance import Parts
from comity.release.question import Subject

BATCH = 1000
"""Records in one transaction: enough that the disk waits once for many, few enough to say how far it got."""


@dataclass(slots=True)
class Taken:
    """What became of a file: every piece is in exactly one of the three."""

    taken: int = 0
    already: int = 0
    quarantined: list[tuple[str, str]] = field(default_factory=list)
    """Record id and reason."""
    rids: list[str] = field(default_factory=list)


def take(
    node: Node,
    raw: bytes,
    source: str,
    by: Principal,
    told: Callable[[int], None] = lambda done: None,  # noqa: ARG005  # nobody watches
    purpose: str | None = None,
    made_from: Sequence[str] = (),
    owners: frozenset[str] = frozenset(),
) -> Taken:
    """Keeps every piece of `raw` under the source profile `source`. Taking the same bytes again keeps nothing twice.

    `made_from` are the records it was made from: every piece inherits from each, and from all that those were made
    from. `owners` own it jointly with whoever its marking names. Raises `Refused` for a source in quarantine.
    Without such a profile, and for any piece whose marking or form cannot be relied on, the piece is quarantined.
    Raises `Malformed` when the bytes as a whole are not what any annex reads; then nothing is kept. Raises
    `Unreachable` where there is no room: what was counted to `told` is kept, the rest can be taken again.
    """
    profile = node.profiles.get(source)
    pieces = read(node, raw)
    made = Making(purpose, sources_of(node, made_from), owners)
    result, known = Taken(), definitions(node, source)
    done = 0
    for batch in _batches(pieces, BATCH):
        check_room(node)
        drafts = [drafted(node, piece, source, profile, made, known) for piece in batch]
        with node.house.begin() as tx:
            _keep(tx, drafts, by, node.clock(), result)
        done += len(batch)
        told(done)
    return result


def read(node: Node, raw: bytes) -> Iterable[Piece]:
    """The pieces of a file, by the first annex that knows its form. Raises `Malformed`."""
    for annex in node.annexes:
        pieces = annex.read(raw)
        if pieces is not None:
            return pieces
    strictjson.parse(raw, "the file")
    raise Malformed(
        "the file is JSON, but nothing an annex in use here can read",
        "a STIX 2.1 bundle or object, or an intelligence record with its `format`",
    )


@dataclass(frozen=True, slots=True)
class Making:
    """What whoever takes a thing in says of it beside its marking: its purpose, its sources, its joint owners."""

    purpose: str | None = None
    sources: Parts = ()
    owners: frozenset[str] = frozenset()


def sources_of(node: Node, chosen: Sequence[str]) -> Parts:
    """What a thing inherits from these records, by the names under which they came. Raises `Refused` for an unlabelled
    one."""
    parts: list[tuple[str, Subject]] = []
    for text in chosen:
        record = found(node, text)
        if record.state is not RecordState.LIVE:
            raise Refused(f"record {record.rid[:12]} is in quarantine, so nobody knows what is inherited from it")
        parts.append(
            (record.handle or record.rid, Subject.from_json(strictjson.parse(record.class_canonical.encode())))
        )
    return provenance.closure(parts)


def definitions(node: Node, source: str) -> Lookup:
    """What came from this source before: a definition may stand in one file, and what it marks in the next."""

    @cache
    def look(ext_id: str) -> bytes | None:
        with node.house.reader() as house:
            live = [one for one in house.find(source, ext_id) if one.state is RecordState.LIVE]
            return house.body(live[-1].bid) if live else None

    return look


def drafted(node: Node, piece: Piece, source: str, profile: Profile | None, made: Making, known: Lookup) -> NewRecord:
    """A piece as a record to be kept: live under the label it comes to, else quarantined and why. `known` gives the
    definitions that it points at and that did not come with it."""
    kind, read = piece.kind, piece.fault is None
    who: Identity = kind.identity(piece.record) if read else Identity("", "")
    subject, why = _subject(piece, source, profile, made, known)
    clear = profile is not None and subject is not None and profile.stored_clear(subject.label)
    return NewRecord(
        identity=ids.identity(node.vault.identity_key, kind.name, source, piece.raw),
        kind=kind.name,
        source=source,
        ext_id=who.ext_id,
        ext_ver=who.ext_ver,
        raw=piece.raw,
        class_canonical=unlabelled(kind.name) if subject is None else subject.canonical(),
        state=RecordState.QUARANTINED if subject is None else RecordState.LIVE,
        handle=None,
        edges=kind.references(piece.record) if read else (),
        sealed=not clear,
        why=why,
    )


def _subject(
    piece: Piece, source: str, profile: Profile | None, made: Making, known: Lookup
) -> tuple[Subject | None, str | None]:
    """The class of a piece; else why it has none and is quarantined."""
    if piece.fault is not None:
        return None, f"malformed: {piece.fault}"
    if profile is None:
        return None, f"no source profile {source!r}"
    if piece.kind.name not in profile.kinds:
        return None, f"the source profile {source!r} does not cover {piece.kind.name}"
    marked = profile.named(piece.kind.marked(piece.record, profile.origin, known))
    label = profile.label(marked)
    if marked.problem is not None or label is None:
        return None, marked.problem or "unmarked, and the source profile gives no label"
    said = made.purpose or marked.purpose or profile.purpose
    rest = marked.remaining(marked.label or profile.unmarked, label)
    plain = Subject.of(piece.kind.name, label, None, said, marked.portions, rest)
    if not made.sources and not made.owners:
        return plain, None
    return replace(plain, sources=made.sources, owners=made.owners), None


def unlabelled(kind: str) -> str:
    """The class of what has no label: no question can be asked about it, so nothing can be released."""
    return strictjson.canonical({"kind": kind, "unlabelled": True}).decode()


def _keep(tx: HouseTx, drafts: list[NewRecord], by: Principal, at: datetime, result: Taken) -> None:
    known = tx.known([draft.identity for draft in drafts])
    fresh: dict[str, NewRecord] = {}
    for draft in drafts:
        if draft.identity in known or draft.identity in fresh:
            result.already += 1
        else:
            fresh[draft.identity] = draft
    versions = {(draft.ext_id, draft.ext_ver) for draft in fresh.values() if draft.ext_id}
    clashing = tx.clashes(drafts[0].source, versions) if versions else set()
    kept: list[NewRecord] = []
    for draft in fresh.values():
        version = (draft.ext_id, draft.ext_ver)
        if draft.ext_id and draft.state is RecordState.LIVE:
            if version in clashing:
                why = (
                    f"another record has this id and version with other bytes: {draft.ext_id} {draft.ext_ver}".rstrip()
                )
                draft = replace(draft, state=RecordState.QUARANTINED, sealed=True, why=why)  # noqa: PLW2901  # the same draft, held back
            clashing.add(version)
        kept.append(draft)
    rids = tx.take(kept, by, at)
    held = [(rid, draft) for rid, draft in zip(rids, kept, strict=True) if draft.state is RecordState.QUARANTINED]
    result.taken += len(kept) - len(held)
    result.quarantined += [(rid, draft.why or "") for rid, draft in held]
    result.rids += rids


def _batches(pieces: Iterable[Piece], size: int) -> Iterator[list[Piece]]:
    iterator = iter(pieces)
    while batch := list(islice(iterator, size)):
        yield batch
