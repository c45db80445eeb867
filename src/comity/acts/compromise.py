"""A compromise: what is affected is found in the books, every originator concerned is told, and the rest is owed.

Each partner hears of what it gave and got, and of nothing else (law 4). Its notice goes under suspension and after the
end (law 12). What is owed is opened by the followers of both sides, from the same notice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from comity.acts import agreements, events, notifying
from comity.acts.finding import found
from comity.acts.node import Node
from comity.agreement.instrument import Agreement
from comity.core import ids, strictjson
from comity.core.errors import Absent, Malformed, Refused
from comity.exchange.notice import Notice, NoticeKind, Situation
from comity.labels.label import Label, join
from comity.records import Principal, Record
from comity.release import compromised
from comity.release.compromised import MAX_HANDLES, Report
from comity.release.question import Subject

KIND = events.LOSS
AHEAD = "compromise-not-discovered-yet"


def _refusal(one: Notice, _situation: Situation) -> str | None:
    """Nothing is discovered after it is told."""
    return AHEAD if one.body.discovered > one.made else None


KINDS = (NoticeKind(KIND, compromised.read, refusal=_refusal),)


@dataclass(frozen=True, slots=True)
class Affected:
    """What of the records concerned one partner gave and got; `labels` as far as it knows them."""

    agreement: Agreement
    partner: str
    given: tuple[str, ...]
    got: tuple[str, ...]
    derived: int
    labels: Label

    @property
    def concerned(self) -> bool:
        """Whether its information is in it."""
        return self.partner in self.labels.parties


@dataclass(frozen=True, slots=True)
class Case:
    """A compromise as it was reported, by whom and when."""

    agreement: str
    by: str
    to: str
    told: datetime
    report: Report


def report(
    node: Node, things: Sequence[str], event: str, discovered: datetime, words: str, by: Principal
) -> list[Case]:
    """Tells every originator concerned; the cases this opened, one an agreement. The same report again tells nobody
    twice. Raises `Refused` where nobody's information but our own is concerned."""
    records = [found(node, thing) for thing in dict.fromkeys(things)]
    if not records:
        raise Malformed("a compromise is of something", "name the records, by id or handle")
    if discovered > node.clock():
        raise Malformed("a compromise was discovered before it is reported")
    concerned = [one for one in affected(node, records) if one.concerned]
    if not concerned:
        raise Refused("nobody's information but our own is concerned: no agreement has to be told")
    case = case_id(node, records, event, discovered)
    for one in concerned:
        if any(known.report.case == case and known.by == node.party for known in _cases(node, one.agreement.id)):
            continue
        for body in bodies(one, case, event, discovered, words):
            notifying.send(node, one.agreement.id, KIND, body.as_json(), by)
    return [known for known in cases(node) if known.report.case == case]


def case_id(node: Node, records: Sequence[Record], event: str, discovered: datetime) -> str:
    """The case's name: the same for the same report, and saying nothing to anybody else."""
    said = strictjson.canonical([event, discovered.isoformat(), sorted(record.rid for record in records)])
    return ids.identity(node.vault.identity_key, KIND, node.party, said)[:32]


def affected(node: Node, records: Sequence[Record]) -> list[Affected]:
    """For each agreement, what its partner gave and got of these records: from the house's records and the releases."""
    listed: list[Affected] = []
    for agreement_id in agreements.agreement_ids(node):
        text = agreements.held(node, agreement_id).at(node.clock())
        partner = agreements.partner_of(node, text)
        given, got, derived, labels = [], [], 0, list[Label]()
        with node.agreements(agreement_id).reader() as reader:
            for record in records:
                label = Subject.from_json(strictjson.parse(record.class_canonical.encode())).label
                release = reader.release_of(partner, record.rid)
                if record.source == partner and record.handle is not None:
                    given.append(record.handle)
                    labels.append(label)
                elif release is not None and release.state == "live":
                    got.append(release.handle)
                    labels.append(label)
                elif partner in label.parties:
                    derived += 1
                    labels.append(Label(frozenset(part for part in label.origins if part.origin == partner)))
        if labels:
            listed.append(Affected(text, partner, tuple(given), tuple(got), derived, join(labels)))
    return listed


def cases(node: Node) -> list[Case]:
    """Every compromise reported by us or to us, the newest first."""
    listed = [case for agreement_id in agreements.agreement_ids(node) for case in _cases(node, agreement_id)]
    return sorted(listed, key=lambda case: (case.told, case.report.case), reverse=True)


def case(node: Node, prefix: str) -> list[Case]:
    """The case whose id begins so, under each agreement. Raises `Absent` for none, `Malformed` for more than one."""
    listed = [one for one in cases(node) if prefix and one.report.case.startswith(prefix)]
    if not listed:
        raise Absent(f"there is no compromise {prefix!r}", "`comity compromise list` has them")
    if len({one.report.case for one in listed}) > 1:
        raise Malformed(f"{prefix!r} means several compromises; give more of the id")
    return listed


def _cases(node: Node, agreement_id: str) -> list[Case]:
    """Each case under an agreement; a report in several notices is one case."""
    with node.house.reader() as house:
        told = [one.notice for one in notifying.notices(node, house, agreement_id, KIND)]
    parts: dict[tuple[str, str], list[Notice]] = {}
    for one in told:
        parts.setdefault((one.sender, one.body.case), []).append(one)
    text = agreements.held(node, agreement_id).newest
    other = {node.party: agreements.partner_of(node, text)}
    return [_joined(agreement_id, notices, other.get(sender, node.party)) for (sender, _), notices in parts.items()]


def _joined(agreement_id: str, notices: Sequence[Notice], to: str) -> Case:
    first: Report = notices[0].body
    whole = Report(
        case=first.case,
        event=first.event,
        discovered=first.discovered,
        given=tuple(dict.fromkeys(handle for one in notices for handle in one.body.given)),
        got=tuple(dict.fromkeys(handle for one in notices for handle in one.body.got)),
        derived=first.derived,
        labels=first.labels,
        words=first.words,
    )
    return Case(agreement_id, notices[0].sender, to, notices[0].made, whole)


def bodies(one: Affected, case: str, event: str, discovered: datetime, words: str) -> list[Report]:
    """The report in as few notices as its list allows; each says of itself all but the list."""
    count = max(1, -(-max(len(one.given), len(one.got)) // MAX_HANDLES))
    return [
        Report(
            case=case,
            event=event,
            discovered=discovered,
            given=one.given[n * MAX_HANDLES : (n + 1) * MAX_HANDLES],
            got=one.got[n * MAX_HANDLES : (n + 1) * MAX_HANDLES],
            derived=one.derived,
            labels=one.labels,
            words=words,
        )
        for n in range(count)
    ]
