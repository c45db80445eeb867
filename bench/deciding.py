"""Decisions with citations under more than 100 terms, on one core: classes never seen, and classes seen before."""

import gc
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import product
from pathlib import Path

from tests.joined import AGREEMENT, joined

from bench.row import Row
from comity import cedar
from comity.acts import agreements
from comity.acts.follow import bench_for
from comity.agreement.instrument import Agreement, AgreementRef
from comity.agreement.text import from_yaml
from comity.labels.label import Label, OriginLabel, Pap, Tlp
from comity.release.cache import DecisionCache
from comity.release.policy import Policy
from comity.release.question import Question, Subject

AGAIN = 200_000
PASSES = 5
"""Over classes never seen, each with nothing remembered; the fastest counts, since neighbours take from the rest."""
EXAMPLES = Path(__file__).parents[1] / "examples"
Texts = Mapping[AgreementRef, Agreement]


def rows() -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as folder,
        joined(Path(folder)) as pair,
        pair.il.house.reader() as house,
        pair.il.agreements(AGREEMENT).reader() as reader,
    ):
        held = agreements.held(pair.il, pair.agreement)
        node = replace(pair.il, cache=DecisionCache())
        bench = bench_for(node, house, held, "JP", reader)
        text = _longer(held.newest)
        subjects = _subjects(text.levels["IL"])
        questions = [bench.question(subject, None) for subject in subjects]
        texts = {text.ref: text}
        new = max(_rate(DecisionCache(), questions, texts, bench.now) for _ in range(PASSES))
        policy = cedar.load([("bench.cedar", _rules().encode())])
        asked = [replace(question, policy=policy.key) for question in questions]
        under = max(_rate(DecisionCache(), asked, texts, bench.now, policy) for _ in range(PASSES))
        _rate(node.cache, questions, texts, bench.now)
        seen = _rate(node.cache, [questions[i % len(questions)] for i in range(AGAIN)], texts, bench.now)
    terms = len(text.terms)
    return [
        Row(f"decide, class never seen, {terms} terms (decisions/s)", f"{new:,.0f}", "target 2,000", new / 2000, "≥ 1"),
        Row(
            f"the same under a policy of {len(policy.rules)} private rules (decisions/s)",
            f"{under:,.0f}",
            "target 2,000",
            under / 2000,
            "≥ 1",
        ),
        Row("decide, class seen before (decisions/s)", f"{seen:,.0f}", "target 500,000", seen / 500_000, "≥ 1"),
    ]


def _rate(
    cache: DecisionCache, questions: list[Question], texts: Texts, now: datetime, policy: Policy | None = None
) -> float:
    """Decisions in a second of one core's own time, the heap swept before."""
    gc.collect()
    began = time.process_time()
    for question in questions:
        cache.decide(question, texts, now, policy)
    return len(questions) / (time.process_time() - began)


CONDITIONS = (
    "resource.level > 4 && resource.personal",
    "resource has tlp && resource.tlp > 3 && resource.derived",
    'resource.caveats.contains("C{n}")',
    'resource.kind == "k{n}" && principal in Party::"DE"',
    'resource has topic && resource.topic == "t{n}"',
    'resource.origins.contains("X{n}") && resource.personal',
    'resource.purposes.contains("p{n}") || resource.handling.contains("h{n}")',
    'resource has purpose && resource.purpose like "x{n}*"',
    'context.agreement == "A{n}" && resource.derived',
    'resource.rel_to.containsAny(["A{n}", "B{n}"])',
)


def _rules() -> str:
    """A hundred fictional rules that read much and bar little, as a house has them."""
    conditions = (CONDITIONS[n % len(CONDITIONS)].format(n=n) for n in range(100))
    return "\n".join(
        f'@id("rule-{n}") @reason("FICTIONAL") forbid(principal, action, resource) when {{ {one} }};'
        for n, one in enumerate(conditions)
    )


def _longer(example: Agreement) -> Agreement:
    """The example with the terms of a published instrument besides, as if a security arrangement stood annexed to it.

    Its purpose clause, which opens nothing by consent, would bar what the example opens.
    """
    annexed = from_yaml((EXAMPLES / "switzerland-israel" / "agreement.yaml").read_bytes()).terms
    more = [replace(term, article=f"S.{term.article}") for term in annexed if term.rule != "purpose"]
    return replace(example, terms=(*example.terms, *more))


def _subjects(levels: tuple[str, ...]) -> list[Subject]:
    axes = product(
        (None, *levels), (None, *Tlp), (None, *Pap), (frozenset[str](), frozenset({"EYES ONLY IL-JP"})), (False, True)
    )
    labels = [
        Label.of(OriginLabel("IL", level, caveats, frozenset({"IL", "JP"}), tlp, pap, None, personal))
        for level, tlp, pap, caveats, personal in axes
    ]
    return [Subject.of("intelligence.report/1", label, "intelligence", "threat-assessment") for label in labels]
