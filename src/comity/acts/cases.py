"""Cases: what records that belong together make of a request, kept in the agreement as they are sent and received."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from comity.acts import agreements, things, worth
from comity.acts.duties import forget as forget_duties
from comity.acts.duties import open_duties, settled_by
from comity.acts.node import Node, annex_of, kind_named
from comity.acts.ports import AgreementTx, HouseReader
from comity.acts.worth import Entry
from comity.agreement.amendments import terms_at
from comity.agreement.clock import Due, Times, due_at, time_of
from comity.agreement.instrument import Agreement, Term
from comity.core import instants, strictjson
from comity.core.errors import Absent, Malformed
from comity.records import CaseRow, RecordState, ReleaseRow
from comity.release.kind import Annex, Case
from comity.release.question import Duty

OPEN = "open"
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class View:
    """A case for people: `opened_by` is the party that asked."""

    case: Case
    agreement: str
    field: str
    opened_by: str | None


def note(node: Node, tx: AgreementTx, text: Agreement, entries: Sequence[Entry], party: str) -> None:
    """Adds `entries`, which `party` sent under `text`, to the cases they belong to, with the duties that they open and
    settle. The same one again changes nothing."""
    other = next(one for one in text.party_ids if one != party)
    spoken = worth.note(node, tx, entries, party, other)
    things.shown(tx, party, "feedback", spoken, node.clock())
    for entry in entries:
        annex = annex_of(node.annexes, entry.kind)
        if annex is None or annex.fold is None:
            continue
        record = kind_named(node.annexes, entry.kind).parse(entry.raw)
        case_id = annex.case_of(entry.kind, record, entry.handle)
        if case_id is None:
            continue
        held = tx.case(annex.field, case_id)
        body = {"records": [], "opened_by": None} if held is None else strictjson.parse(held.body)
        if [entry.kind, entry.rid] in body["records"]:
            continue
        body["records"].append([entry.kind, entry.rid])
        if case_id == entry.handle:
            body["opened_by"] = party
        version = 1 if held is None else held.version + 1
        tx.put_case(CaseRow(annex.field, case_id, version, OPEN, strictjson.canonical(body)))
        if case_id == entry.handle:
            _owe_reply(tx, text, annex, annex.fold(case_id, [record], node.clock()), party)
        elif entry.kind in annex.answers:
            settled_by(tx, case_id, party, entry.handle, node.clock())


def forget(node: Node, tx: AgreementTx, gone: Sequence[ReleaseRow]) -> None:
    """Takes what was withdrawn before it went out of its cases. A question that never went is no case."""
    forget_duties(tx, {row.handle for row in gone})
    things.forget(tx, {row.handle for row in gone})
    worth.forget(node, tx, gone)
    records, handles = {(row.kind, row.rid) for row in gone}, {row.handle for row in gone}
    for annex in node.annexes:
        for held in tx.cases(annex.field) if annex.fold is not None else ():
            body = strictjson.parse(held.body)
            left = [one for one in body["records"] if tuple(one) not in records]
            if len(left) < len(body["records"]):
                state = WITHDRAWN if held.id in handles else held.state
                left_body = strictjson.canonical(body | {"records": left})
                tx.put_case(CaseRow(held.kind, held.id, held.version + 1, state, left_body))


def cases(node: Node, agreement_id: str) -> list[View]:
    """Every case under an agreement as it stands now, those that need somebody first."""
    views: list[View] = []
    with node.agreements(agreement_id).reader() as reader, node.house.reader() as house:
        for annex in node.annexes:
            if annex.fold is None:
                continue
            held = [row for row in reader.cases(annex.field) if row.state != WITHDRAWN]
            views += [_view(node, house, annex, agreement_id, row) for row in held]
    return sorted(
        views, key=lambda view: (view.case.state not in ("overdue", "open"), str(view.case.due), view.case.id)
    )


def case(node: Node, prefix: str) -> View:
    """The case whose id begins so. Raises `Absent` for none, `Malformed` for more than one."""
    views = [view for agreement_id in agreements.agreement_ids(node) for view in cases(node, agreement_id)]
    found = [view for view in views if view.case.id.startswith(prefix)]
    if not found:
        raise Absent(f"there is no request {prefix!r}", "`comity requests` lists them")
    if len(found) > 1:
        raise Malformed(f"{prefix!r} means {len(found)} requests; give more of the id")
    return found[0]


def _owe_reply(tx: AgreementTx, text: Agreement, annex: Annex, case: Case, asker: str) -> None:
    """The other party owes a reply: by the agreement's time, or by the day the asker named where that is later."""
    asked = case.opened
    term = None if asked is None else _reply_term(text, annex.field, asked)
    if asked is None or term is None:
        return
    for party in text.party_ids:
        if party != asker:
            due = reply_due(text, annex.field, asked, party)
            patient = due is not None and due.at is not None and case.due is not None and case.due > due.at
            time = instants.text(case.due) if patient and case.due is not None else str(time_of(term))
            params = (("calendar", term.params["calendar"]),) if "calendar" in term.params else ()
            cite = f"agreement:{term.article}@{text.version}"
            open_duties(tx, text, [Duty("reply", party, cite, time, params)], asked, case.id)


def _reply_term(text: Agreement, field: str, asked: datetime) -> Term | None:
    terms = (term for term in terms_at(text, asked) if term.rule == "comity-request-time")
    return next((term for term in terms if term.params.get("annex") in (None, field)), None)


def reply_due(text: Agreement, field: str, asked: datetime, of: str) -> Due | None:
    """Until when the text wants `of` to answer a request of this field, `asked` then; `None` where it says nothing."""
    term = _reply_term(text, field, asked)
    if term is None:
        return None
    return due_at(time_of(term), asked, of, Times.of(text, asked), term.params.get("calendar"))


def _view(node: Node, house: HouseReader, annex: Annex, agreement_id: str, row: CaseRow) -> View:
    assert annex.fold is not None
    body = strictjson.parse(row.body)
    records = []
    for kind, rid in body["records"]:
        record = house.record(rid)
        if record is not None and record.state is not RecordState.DESTROYED:
            records.append(kind_named(node.annexes, kind).parse(house.body(record.bid)))
    return View(annex.fold(row.id, records, node.clock()), agreement_id, annex.field, body["opened_by"])
