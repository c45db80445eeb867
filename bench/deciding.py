"""Decisions with citations under the full example agreement, one core: classes never seen, and classes seen before."""

import tempfile
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

from tests.joined import AGREEMENT, joined

from bench.row import Row
from comity.acts import agreements
from comity.acts.follow import bench_for
from comity.acts.judging import ask
from comity.labels.label import Label, OriginLabel, Pap, Tlp
from comity.release.cache import DecisionCache
from comity.release.question import Subject

AGAIN = 200_000


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
        subjects = _subjects(held.newest.levels["IL"])
        began = time.perf_counter()
        questions = [ask(bench, subject)[0] for subject in subjects]
        new = len(subjects) / (time.perf_counter() - began)
        cache, now, texts = node.cache, bench.now, bench.texts
        picks = [questions[i % len(questions)] for i in range(AGAIN)]
        began = time.perf_counter()
        for question in picks:
            cache.decide(question, texts, now)
        seen = AGAIN / (time.perf_counter() - began)
        terms = len(held.newest.terms)
    return [
        Row(f"decide, class never seen, {terms} terms (decisions/s)", f"{new:,.0f}", "target 2,000", new / 2000, "≥ 1"),
        Row("decide, class seen before (decisions/s)", f"{seen:,.0f}", "target 500,000", seen / 500_000, "≥ 1"),
    ]


def _subjects(levels: tuple[str, ...]) -> list[Subject]:
    axes = product(
        (None, *levels), (None, *Tlp), (None, *Pap), (frozenset[str](), frozenset({"EYES ONLY IL-JP"})), (False, True)
    )
    labels = [
        Label.of(OriginLabel("IL", level, caveats, frozenset({"IL", "JP"}), tlp, pap, None, personal))
        for level, tlp, pap, caveats, personal in axes
    ]
    return [Subject.of("intelligence.report/1", label, "intelligence", "threat-assessment") for label in labels]
