"""Releases made at once by one person: each owes a review by two others, and the clock runs from the release.

An emergency replaces the referral and the second person, never a bar. What was released is not taken back by a review.
The review is a row of our own register, which the follower opens and the last review settles; no partner hears of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from comity.acts import agreements, housefact, mandates, referred
from comity.acts.duties import note, open_duties
from comity.acts.node import Node
from comity.acts.ports import AgreementTx, HouseReader
from comity.agreement.instrument import Agreement
from comity.core import instants
from comity.core.errors import Absent, Malformed, Refused
from comity.records import Principal
from comity.release import approval
from comity.release.approval import Approval, Verdict
from comity.release.question import Duty
from comity.release.register import REVIEWING, Evidence, State

REVIEW = "emergency-review"
REVIEW_TYPE = "application/vnd.comity.emergency-review+json"
DUE = timedelta(hours=72)
"""By when two others must have reviewed it."""
NEEDED = 2
SHORTEST = 6
LAW = "house:11"
"""Two people where two are required: an emergency puts them off and does not do without them."""


@dataclass(frozen=True, slots=True)
class Review:
    """`id` is that of its fact."""

    by: str
    finding: str
    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """One emergency release and who has reviewed it. `id` is that of its fact."""

    id: str
    word: Approval
    reviews: tuple[Review, ...]

    @property
    def due(self) -> datetime:
        return self.word.at + DUE

    @property
    def owed(self) -> bool:
        return len({one.by for one in self.reviews}) < NEEDED


def listed(node: Node, house: HouseReader) -> list[Emergency]:
    """Every emergency release there was, oldest first."""
    found = []
    for fact in house.facts(referred.FACT):
        word = approval.from_json(housefact.value_of(node, fact, approval.PAYLOAD_TYPE))
        if word.verdict is Verdict.EMERGENCY:
            found.append(Emergency(fact.fid, word, _reviews(node, house, fact.fid)))
    return found


def review(node: Node, name: str, finding: str, by: Principal) -> Emergency:
    """One person's review of an emergency release: what they found. It is done when two others than its author have.

    Raises `Refused` for its author, for the same person twice, and for who has no mandate of a role passed over.
    """
    if len(finding.strip()) < 8 or len(finding) > 500:
        raise Malformed("a review says what was found, in 8 to 500 characters", "--finding '…'")
    now = node.clock()
    with node.house.begin() as tx:
        matching = [one for one in listed(node, tx) if len(name) >= SHORTEST and one.id.startswith(name)]
        if len(matching) != 1:
            raise Absent(f"{name!r} names no emergency release, or more than one", "comity approvals")
        [one] = matching
        if by.id == one.word.by:
            raise Refused(f"{by.id} made this release; two others review it", "--by WHO names one of them")
        if any(other.by == by.id for other in one.reviews):
            raise Refused(f"{by.id} has reviewed this already; it takes another person", "--by WHO names that person")
        held = {mandate.role for _, mandate in mandates.known(node, tx).of(by.id, now)}
        if not held & set(one.word.roles):
            raise Refused(
                f"{by.id} has no mandate as {' or '.join(one.word.roles)} that holds now", "comity mandate list"
            )
        value = {"release": one.id, "by": by.id, "finding": finding, "at": instants.text(now)}
        housefact.put(node, tx, REVIEW, one.id, REVIEW_TYPE, value, by)
        done = Emergency(one.id, one.word, _reviews(node, tx, one.id))
    text = agreements.held(node, done.word.agreement).newest
    with node.agreements(text.id).begin() as tx:
        _note(tx, text, node.party, done)
    return done


def owe(node: Node, house: HouseReader, tx: AgreementTx, text: Agreement, words: referred.Words) -> None:
    """Every emergency release among what was said under this agreement stands in our register, with its reviews."""
    for fid, word in words.by_fact.items():
        if word.verdict is Verdict.EMERGENCY:
            _note(tx, text, node.party, Emergency(fid, word, _reviews(node, house, fid)))


def _note(tx: AgreementTx, text: Agreement, us: str, one: Emergency) -> None:
    params = (("by", one.word.by), ("people", str(NEEDED)), ("roles", " ".join(one.word.roles)))
    duty = Duty(REVIEWING, us, LAW, instants.text(one.due), params)
    open_duties(tx, text, [duty], one.word.at, one.id)
    if one.owed:
        return
    last = one.reviews[-1]
    for row in tx.duties(State.OPEN.value):
        if (row.duty, row.about) == (REVIEWING, one.id):
            kind = Evidence.REVIEW.value
            done = replace(row, state=State.SETTLED.value, evidence=last.id, kind=kind, settled=last.at)
            tx.put_duty(done)
            note(tx, "duty-settled", done)


def _reviews(node: Node, house: HouseReader, name: str) -> tuple[Review, ...]:
    facts = [(fact, housefact.value_of(node, fact, REVIEW_TYPE)) for fact in house.facts(REVIEW, name)]
    return tuple(
        Review(one["by"], one["finding"], instants.parse(one["at"], "a review's time"), fact.fid) for fact, one in facts
    )
