"""National disclosure policy: a party's own private rules on top of the agreement. They bar and refer; none permits.

The rules stand in Cedar; what evaluates them is given in as a value. What it answers joins the agreement's findings,
and the strictest wins (DECISIONS 6). Nothing of it ever reaches a partner (law 4).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from comity.agreement.instrument import Agreement, AgreementRef
from comity.release.codes import POLICY_FAULT
from comity.release.decide import decide, owed
from comity.release.decision import Decision, cited
from comity.release.policyview import Seen, seen
from comity.release.question import Finding, Outcome, Question

MOST_PEOPLE = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """One private rule: why it bars, in words, and the article of national law; or the role that it refers to.

    `people`: how many different people of that role must approve, where it refers.
    """

    id: str
    reason: str
    article: str | None = None
    refer: str | None = None
    people: int = 1


@dataclass(frozen=True, slots=True)
class Matched:
    """Which rules spoke. `failed`: one could not be evaluated, so that nothing here can be relied on."""

    ids: frozenset[str] = frozenset()
    failed: bool = False


def _silent(_seen: Seen) -> Matched:
    return Matched()


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole set of rules as it was loaded. `faults` say why it cannot be used; then it bars everything.

    `key` is its digest and the engine's version: part of every question asked under it, so that no answer outlives it.
    """

    digest: str
    engine: str
    rules: Mapping[str, Rule] = field(default_factory=dict)
    match: Callable[[Seen], Matched] = _silent
    faults: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.digest}@{self.engine}"


def decide_under(
    question: Question, texts: Mapping[AgreementRef, Agreement], now: datetime, policy: Policy | None
) -> Decision:
    """What the texts say, and then the party's own rules, which `question.policy` names. Raises `ValueError` for
    another policy than that: its answer would be remembered under a name that is not its own."""
    if question.policy != (None if policy is None else policy.key):
        raise ValueError("a question asked under one policy cannot be answered under another")
    decision = decide(question, texts, now)
    if policy is None or not asks(decision):
        return decision
    return under(decision, findings(policy, question, texts[question.agreement]))


def findings(policy: Policy, question: Question, text: Agreement) -> tuple[Finding, ...]:
    """What the policy says of a release under this text."""
    return said(policy, partial(seen, question, text))


def said(policy: Policy, look: Callable[[], Seen]) -> tuple[Finding, ...]:
    """What the policy says of what is seen: barred by a set that does not load, a rule that fails, an unknown name."""
    if policy.faults:
        return (Finding(POLICY_FAULT, "house:1", Outcome.DENY, (("fault", policy.faults[0]),)),)
    try:
        matched = policy.match(look())
    except Exception:
        matched = Matched(failed=True)
    if matched.failed or not matched.ids <= set(policy.rules):
        return (Finding("policy-failed", "house:1", Outcome.DENY),)
    return tuple(_finding(policy.rules[one]) for one in sorted(matched.ids))


def _finding(rule: Rule) -> Finding:
    """One rule that spoke, cited by its own name."""
    params = [("reason", rule.reason), *([("article", rule.article)] if rule.article else [])]
    if rule.refer is None:
        return Finding("policy-bars", f"policy:{rule.id}", Outcome.DENY, tuple(params))
    params += [("role", rule.refer), ("people", str(rule.people))]
    return Finding("policy-refers", f"policy:{rule.id}", Outcome.REFER, tuple(params))


def asks(decision: Decision) -> bool:
    """Whether the policy has anything to decide here: what is barred is barred, and of what must lose parts first
    only the rest goes, about which it is asked then."""
    return decision.outcome is not Outcome.DENY and not decision.removals


def under(decision: Decision, said: tuple[Finding, ...]) -> Decision:
    """The decision with the policy's findings beside the agreement's. Never more open than before."""
    if not said:
        return decision
    outcome = max(decision.outcome, *(one.outcome for one in said))
    every = (*decision.findings, *said)
    return replace(
        decision,
        outcome=outcome,
        findings=every,
        articles=cited(every, outcome),
        consent_from=decision.consent_from if outcome is decision.outcome else (),
        obligations=tuple(owed(every, decision.obligations, outcome)),
    )
