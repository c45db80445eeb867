"""The versions of one agreement as the acceptance rules want them: who signed, in what force, covering which kinds."""

from collections.abc import Mapping
from datetime import datetime

from comity.acts.agreements import Held
from comity.acts.node import Node
from comity.agreement.instrument import Agreement, AgreementRef
from comity.agreement.life import State, status_at
from comity.exchange.acceptance import Force, Version

_FORCE = {
    State.SIGNED: Force.NOT_YET,
    State.PROVISIONAL: Force.IN_FORCE,
    State.IN_FORCE: Force.IN_FORCE,
    State.SUSPENDED: Force.SUSPENDED,
    State.ENDED: Force.ENDED,
    State.DISPUTED: Force.SUSPENDED,
}
"""A disputed status is handled as the safer of its readings: nothing new is provided."""


def versions(node: Node, held: Held, now: datetime) -> Mapping[AgreementRef, Version]:
    """Every version held. All were signed by both, or they would not be here."""
    newest = max((ref for ref, text in held.versions.items() if _force(text, now) is not Force.NOT_YET), default=None)
    return {
        ref: Version(
            agreement=text,
            signed_by=frozenset(text.party_ids),
            force=_superseded(_force(text, now)) if newest is not None and ref < newest else _force(text, now),
            kinds=kinds_covered(node, text, now),
        )
        for ref, text in held.versions.items()
    }


def kinds_covered(node: Node, text: Agreement, now: datetime) -> frozenset[str]:
    """The kinds of record that this text's annexes in force open: those it lists, else all of the annex's field."""
    covered: set[str] = set()
    for term in text.of("comity-annex"):
        start = term.params.get("in_force_from")
        if start is not None and str(start) > now.date().isoformat():
            continue
        fields = [annex for annex in node.annexes if annex.field == term.params["field"]]
        named = term.params.get("kinds")
        covered.update(kind.name for annex in fields for kind in annex.kinds if named is None or kind.name in named)
    return frozenset(covered)


def _force(text: Agreement, now: datetime) -> Force:
    status = status_at(text, now)
    return Force.SUSPENDED if status.suspended_provision else _FORCE[status.state]


def _superseded(force: Force) -> Force:
    return Force.SUPERSEDED if force is Force.IN_FORCE else force
