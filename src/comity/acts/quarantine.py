"""Quarantine and the way out of it: a named person gives a label, with a reason (DECISIONS 10)."""

from comity.acts.finding import found
from comity.acts.node import Node, kind_named, profile_named
from comity.core import strictjson
from comity.core.errors import Malformed, Refused
from comity.labels.label import Label
from comity.records import Principal, Record, RecordState
from comity.release.question import Subject


def waiting(node: Node) -> list[Record]:
    """What is held back, oldest first; each with why."""
    with node.house.reader() as house:
        return house.quarantined()


def relabel(node: Node, prefix: str, label: Label, by: Principal, why: str, purpose: str | None = None) -> Record:
    """Lets a record out of quarantine under `label`, which `by` answers for. Followers then read it again.

    What a partner said of its own thing stays: `label` is added to it (law 5).

    Raises `Refused` for a record that is not in quarantine or that no label can heal (it cannot be read, or another
    record has its id and version), and for a reason that says nothing.
    """
    if len(why.strip()) < 8:
        raise Refused("a label given by hand needs a reason that the other side's auditor could read", "--why '…'")
    record = found(node, prefix)
    if record.state is not RecordState.QUARANTINED:
        raise Refused(f"record {record.rid[:12]} is not in quarantine")
    with node.house.reader() as house:
        raw = house.body(record.bid)
        versions = [other for other in house.find(record.source, record.ext_id) if other.ext_ver == record.ext_ver]
    if record.ext_id and any(other.state is RecordState.LIVE for other in versions):
        raise Refused(f"another record is already {record.ext_id} {record.ext_ver}".rstrip() + ": one of them is wrong")
    kind = kind_named(node.annexes, record.kind)
    try:
        parsed = kind.parse(raw)
    except Malformed as error:
        raise Refused(f"no label makes this readable: {error.message}") from None
    marked = kind.marked(parsed, sorted(label.parties)[0])
    if record.sid is not None:
        label = label.join(Subject.from_json(strictjson.parse(record.class_canonical.encode())).label)
    canonical = Subject.of(record.kind, label, None, purpose or marked.purpose, marked.portions).canonical()
    now = node.clock()
    with node.house.begin() as tx:
        tx.relabel(record.rid, canonical, by, now, why)
    return found(node, record.rid)


def label_by_profile(node: Node, prefix: str, name: str) -> Label:
    """The label a source profile gives to this record. Raises `Refused` where it gives none."""
    record = found(node, prefix)
    profile = profile_named(node, name)
    kind = kind_named(node.annexes, record.kind)
    with node.house.reader() as house:
        raw = house.body(record.bid)
    try:
        marked = profile.named(kind.marked(kind.parse(raw), profile.origin))
    except Malformed as error:
        raise Refused(f"no label makes this readable: {error.message}") from None
    label = profile.label(marked)
    if marked.problem is not None or label is None:
        raise Refused(f"the profile {name} gives this record no label: {marked.problem or 'it is unmarked'}")
    return label
