"""The example with articles that attach duties to events and to receipts, and both registers beside each other."""

from dataclasses import replace
from typing import Any

from comity.acts import duties, events, notifying
from comity.acts.node import Node
from comity.agreement.instrument import Agreement, Term
from comity.core import instants
from comity.records import DutyRow
from tests.joined import DANA, Pair, example, release, sign

EVENT = "comity-event-duty"
ADDED: dict[str, tuple[str, dict[str, Any]]] = {
    "7(8)": ("comity-receipt-duty", {"owes": "feedback", "kinds": ("intelligence.report/1",), "days": 30}),
    "7(9)": ("comity-receipt-duty", {"owes": "register", "from_en": "CONFIDENTIAL", "working_days": 3}),
    "7(10)": ("comity-receipt-duty", {"owes": "return-or-destroy", "kinds": ("cyber.*",), "months": 12}),
    "15(4)": (EVENT, {"on": ("suspension", "termination-notice"), "owes": "consult", "actor": "both", "days": 5}),
    "15(5)": (EVENT, {"on": ("non-renewal-notice",), "owes": "reply", "actor": "other", "working_days": 10}),
    "15(6)": (EVENT, {"on": ("law-changed",), "owes": "report-findings", "actor": "teller", "months": 2}),
}


def with_duties(text: Agreement, *articles: str) -> Agreement:
    """With these of the articles above, or with all."""
    words = dict.fromkeys(text.languages, "FICTIONAL: what is owed.")
    added = {article: ADDED[article] for article in articles or ADDED}
    terms = (Term(article, rule, params, words) for article, (rule, params) in added.items())
    return replace(text, terms=(*text.terms, *terms))


def signed(pair: Pair, *articles: str) -> None:
    """Both sign such a text, and release by standing decisions."""
    sign(pair, with_duties(example(), *articles))
    release(pair.il, "standing-il", ("cyber.*", "intelligence.*"))
    release(pair.jp, "standing-jp", ("cyber.*", "intelligence.*"))


def tell(pair: Pair, node: Node, kind: str, **members: Any) -> str:
    """Told now, unless a moment is given; it goes with the next `settle`."""
    moment = {} if {"dated", "on", "received"} & set(members) else {"on": instants.text(pair.clock())}
    if kind not in ("authority-changed", "law-changed", "released-from-duty") and "on" in moment:
        moment = {"dated": moment["on"]}
    return notifying.send(node, pair.agreement, events.EVENT, {"kind": kind, **moment, **members}, DANA)


def rows(node: Node) -> dict[str, DutyRow]:
    """The register by id, without what each side keeps for itself: its copy of the proof, when it learnt of it."""
    return {one.row.id: replace(one.row, proof=None, settled=None) for one in duties.register(node)}


def both(pair: Pair) -> list[DutyRow]:
    """The register, which must be the same on both sides; each calls its own its own."""
    assert rows(pair.il) == rows(pair.jp)
    mine = {one.row.id for one in duties.register(pair.il) if one.ours}
    assert mine.isdisjoint(one.row.id for one in duties.register(pair.jp) if one.ours)
    return sorted(rows(pair.il).values(), key=lambda row: (row.duty, row.actor, row.id))


def standing(pair: Pair) -> list[tuple[str, str, str]]:
    return [(row.duty, row.actor, row.state) for row in both(pair)]
