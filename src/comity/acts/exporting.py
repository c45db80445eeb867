"""What was let out already, for whoever writes it in another format. Nothing is decided here, nothing else is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from comity.acts import showing
from comity.acts.explaining import agreement_with
from comity.acts.node import Node
from comity.acts.offering import NATIONAL, offered_in
from comity.acts.ports import AgreementReader
from comity.acts.seeing import check_stands, standing
from comity.core import strictjson
from comity.core.errors import Absent
from comity.labels.label import Label
from comity.records import Record
from comity.release.collection import EVERY, Wanted
from comity.release.provenance import carried
from comity.release.question import Subject

PAGE = 500


@dataclass(frozen=True, slots=True)
class Copy:
    """One thing as it went: its bytes, its label, when it was added to its view and with what (`batch`)."""

    kind: str
    raw: bytes
    label: Label
    added: datetime
    batch: int


def released(node: Node, party: str, kind: str) -> list[Copy]:
    """What of a kind is released to a partner now, in the order in which it went. Raises `Absent` without agreement."""
    copies: list[Copy] = []
    with node.agreements(agreement_with(node, party)).reader() as reader:
        labels: dict[str, Label] = {}
        last = 0
        while rows := reader.releases(party, last, PAGE):
            last = rows[-1].seq
            for row in rows:
                if row.kind == kind:
                    label = labels.get(row.did) or labels.setdefault(row.did, _label(reader, row.did))
                    copies.append(Copy(row.kind, reader.body(row.copy), label, row.added, row.batch))
    return copies


def shown(node: Node, collection: str, kind: str) -> list[Copy]:
    """What of a kind a national view shows now, in its order. Raises `Absent` for one that is not there or not ours."""
    showing.follow_national(node)
    copies: list[Copy] = []
    with node.house.reader() as house, node.views(NATIONAL).reader() as views:
        every = offered_in(node, house).definitions
        one = next((one for one in every if collection in (one.id, one.alias) and one.audience is not None), None)
        view = None if one is None else views.view(one.id)
        if one is None or view is None:
            raise Absent(f"there is no national collection {collection!r}", "comity collection list")
        now = node.clock()
        check_stands(view, standing(node, house, [one], now).terms[one.id], now)
        last = 0
        while rows := views.pages.rows(
            view, Wanted(after=last, versions=frozenset({EVERY}), limit=PAGE), [], bodies=False
        )[:PAGE]:
            last = rows[-1][0]
            here = {row.seq: row for row in views.of(view.id, {row[1] for row in rows})}
            records = house.records({row.rid for row in here.values()})
            found = [(records[here[row[0]].rid], here[row[0]].added) for row in rows if row[0] in here]
            chosen = [(record, added) for record, added in found if record.kind == kind]
            bodies = house.bodies([record.bid for record, _ in chosen])
            copies += [_copy(record, bodies, added) for record, added in chosen]
    return copies


def _copy(record: Record, bodies: Mapping[str, bytes], added: datetime) -> Copy:
    label = carried(Subject.from_json(strictjson.parse(record.class_canonical.encode())))
    return Copy(record.kind, bodies[record.bid], label, added, int(added.timestamp()))


def _label(reader: AgreementReader, did: str) -> Label:
    """The label under which it went, as the decision that let it go has it."""
    row = reader.decision(did)
    if row is None:
        raise Absent("a release has no decision: the store is damaged", "comity ledger fsck")
    return carried(Subject.from_json(strictjson.parse(row.body)["question"]["subject"]))
