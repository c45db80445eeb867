"""`Decision`: the outcome, every finding, the articles that decide, what is owed, and until when it holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from comity.agreement.instrument import Agreement
from comity.core import instants
from comity.release.codes import GENERAL, ORDER, SUPPORTS, TRIGGERS
from comity.release.kind import Removals
from comity.release.question import Duty, Finding, Outcome

CITED = 3
"""An answer names at most the three articles that decide (reading rule 6)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`made_at` ≤ the instants for which it holds < `good_until` (`None`: until an event changes the question).

    `articles` are citations, decisive first. `consent_from` names everyone still to be asked. `effective_level` maps a
    party to the level it applies. `removals` is what must stay behind, where the outcome needs it.
    """

    outcome: Outcome
    findings: tuple[Finding, ...]
    articles: tuple[str, ...]
    consent_from: tuple[str, ...]
    obligations: tuple[Duty, ...]
    effective_level: Mapping[str, str]
    removals: Removals
    made_at: datetime
    good_until: datetime | None = field(default=None)

    @property
    def triggered(self) -> bool:
        """Whether a fact, and not the act, set off duties."""
        return any(finding.code in TRIGGERS for finding in self.findings)

    @property
    def cite(self) -> str:
        """The one article named first."""
        return self.articles[0]

    def as_json(self) -> dict[str, Any]:
        """Everything but `made_at` and `good_until` is the same for the same question, texts and status."""
        return {
            "outcome": self.outcome.text,
            "articles": list(self.articles),
            "findings": [
                {"code": one.code, "cite": one.cite, "outcome": one.outcome.text, "params": dict(one.params)}
                for one in self.findings
            ],
            "consent_from": list(self.consent_from),
            "obligations": [
                {"duty": one.duty, "actor": one.actor, "due": one.due, "cite": one.cite, "params": dict(one.params)}
                for one in self.obligations
            ],
            "effective_level": dict(self.effective_level),
            "removals": {
                "portions": sorted(self.removals.portions),
                "references": sorted(self.removals.references),
                "personal": self.removals.personal,
            },
            "made_at": instants.text(self.made_at),
            "good_until": None if self.good_until is None else instants.text(self.good_until),
        }


def bare(cite: str) -> str:
    """The article alone: `VI(2)(d)` of `agreement:VI(2)(d)@1`, and `house:5` as it is."""
    if not cite.startswith("agreement:"):
        return cite
    return cite.removeprefix("agreement:").rpartition("#")[2].rpartition("@")[0]


def whose(cite: str, text: Agreement, beside: Iterable[Agreement]) -> Agreement:
    """The text whose article a citation names: one of those `beside` it by id and version, else `text` itself."""
    named, _, version = cite.removeprefix("agreement:").rpartition("@")
    identity = named.rpartition("#")[0]
    return next((one for one in beside if one.id == identity and str(one.version) == version), text)


def cited(findings: Iterable[Finding], outcome: Outcome) -> tuple[str, ...]:
    """The articles that decide: of the bars as strict as the outcome, one that explains them, then lesser bars.

    For a permit: triggers and permits, the specific before the general, one article for each reason before a second.
    """
    ranked = sorted(findings, key=lambda one: ORDER.get(one.code, len(ORDER)))
    if outcome in (Outcome.ALLOW, Outcome.SANITISE):
        heads = {one.code: one.cite for one in reversed(ranked) if one.code in GENERAL}
        special = [one.cite for one in ranked if one.code not in GENERAL]
        return _first([*special, *(heads[code] for code in sorted(heads, key=ORDER.__getitem__)), *_cites(ranked)])
    decisive = _first(one.cite for one in ranked if one.outcome is outcome)
    lesser = [one.cite for one in ranked if Outcome.ALLOW < one.outcome < outcome]
    explaining = [one.cite for one in ranked if one.code in SUPPORTS and not (lesser and one.code == "definition")]
    lead = decisive[: CITED - 1] if explaining else decisive
    return _first([*lead, *explaining[:1], *decisive, *lesser])


def _cites(findings: Iterable[Finding]) -> Iterable[str]:
    return (one.cite for one in findings)


def _first(cites: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cites))[:CITED]
