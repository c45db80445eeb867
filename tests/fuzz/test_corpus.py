"""Every parser, given its whole corpus and what a few changes make of it, answers or refuses; nothing else happens."""

import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from random import Random
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from fuzz.mutation import mutated
from fuzz.target import CORPUS, Target, accepts
from fuzz.targets import TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st

import comity

LIMIT = 1_100_000
TAKES_BYTES = {"bytes", "bytes | None", "object", "Any", "Json", "typing.Any"}
TEXTS = {"text", "pattern", "origin", "encoded"}
"""Names under which a `str` from outside is handed to a parser."""

NOT_READ = {
    "a digest or a MAC over whatever it is given": """
        acts.backing.digest core.ids.identity core.ids.handle core.ids.salted core.merkle.leaf_hash
        core.merkle.node_hash core.merkle.Tree.append exchange.envelope.digest exchange.sealing.key_id
        core.keyed.digest store.house_rows.record_mac store.house_rows.edges_mac store.house_rows.fact_mac
        store.mac.row_mac
        store.mac.with_mac api.nonces.Nonces.fresh""",
    "our own keys, and what they are used on": """
        exchange.sealing.public_of vault.Vault.sign vault.Vault.wrap vault.Vault.unwrap vault.Vault.open_sealed
        vault.seal_to""",
    "it writes, or asks about a value that was read before": """
        agreement.term.plain_json core.keys.to_base64 exchange.envelope.seal exchange.statement.state
        ledger.evidence.write_evidence release.standing.covers_kind release.matter.Matter.placed
        release.matter.Matter.reaches release.matter.Matter.at labels.equivalence.Equivalence.anywhere
        annexes.cyber.outgoing.check_silence acts.noticed.fact_of release.gist.reads
        app.connection.Joined.write release.diagram.Diagrams.leaf release.regions.Side.working
        release.watched.WatchedMatter.work""",
    "it puts a text on a terminal: tests/cli/test_output.py": "cli.output.shown cli.output.one_line",
    "a word that its own house typed: tests/cli": "cli.principal.person",
    "the row of a store of ours, under its MAC": "store.trees.split",
    "sockets: tests/api/test_hostile.py and test_tls.py send what nobody should": """
        app.connection.Connection.data_received app.connection.Connection.on_body app.callers.Callers.judge""",
}
"""Why these take bytes and need no target."""


def inputs() -> list[Any]:
    return [
        pytest.param(target, path.read_bytes(), id=f"{target.name}/{path.stem}")
        for target in TARGETS
        for path in target.corpus
    ]


@pytest.mark.parametrize(("target", "raw"), inputs())
def test_a_corpus_is_read_or_refused(target: Target, raw: bytes) -> None:
    accepts(target, raw)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_changed_input_is_read_or_refused(target: Target) -> None:
    raws = [path.read_bytes() for path in target.corpus]

    @settings(derandomize=True, database=None, deadline=None, max_examples=40)
    @given(st.sampled_from(raws), st.integers(0, 2**32))
    def holds(raw: bytes, seed: int) -> None:
        accepts(target, mutated(raw, Random(seed)))

    holds()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_corpus_gets_past_the_door(target: Target) -> None:
    """Among the seeds is one that is read; where nothing may ever be accepted there is one all the same."""
    never = {"sealed-body"}
    assert target.corpus
    assert (target.name in never) != any(accepts(target, path.read_bytes()) for path in target.corpus)


def test_the_corpora_are_small_and_each_has_its_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == {target.name for target in TARGETS}
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < LIMIT


# -- no parser without a target ----------------------------------------------------------------------------------------


def takers() -> Iterator[tuple[str, CodeType]]:
    """Every public function and method of the product whose first argument is what somebody else may have written."""
    for module in pkgutil.walk_packages(comity.__path__, "comity."):
        if "migrations" in module.name or module.name.endswith("__main__"):
            continue
        found = import_module(module.name)
        for name, value in vars(found).items():
            if name.startswith("_") or getattr(value, "__module__", None) != module.name:
                continue
            if inspect.isclass(value):
                if not getattr(value, "_is_protocol", False):
                    yield from _methods(f"{module.name}.{name}", value)
                continue
            getattr(value, "cache_clear", lambda: None)()  # what is remembered is not entered
            if isinstance(function := inspect.unwrap(value), FunctionType) and reads(function):
                yield f"{module.name}.{name}".removeprefix("comity."), function.__code__


def _methods(name: str, kind: type) -> Iterator[tuple[str, CodeType]]:
    for method, value in vars(kind).items():
        function = getattr(value, "__func__", value)
        if not method.startswith("_") and isinstance(function, FunctionType) and reads(function):
            yield f"{name}.{method}".removeprefix("comity."), function.__code__


def reads(function: Callable[..., object]) -> bool:
    first = [one for one in inspect.signature(function).parameters.values() if one.name not in {"self", "cls"}][:1]
    written = inspect.formatannotation(first[0].annotation) if first else ""
    return written in TAKES_BYTES or (written == "str" and first[0].name in TEXTS)


@cache
def entered() -> frozenset[CodeType]:
    """What runs while every corpus is read once more."""
    seen: set[CodeType] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            seen.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for target in TARGETS:
            for path in target.corpus:
                accepts(target, path.read_bytes())
    finally:
        sys.setprofile(before)
    return frozenset(seen)


@pytest.mark.slow
def test_every_parser_is_entered_by_a_target() -> None:
    excused = {name for names in NOT_READ.values() for name in names.split()}
    found = dict(takers())
    assert excused - set(found) == set(), "excused, and not there any more"
    assert len(found) > 100
    missing = {name for name, code in found.items() if code not in entered() and name not in excused}
    assert missing == set(), "write a target in fuzz/targets/, or say in NOT_READ why it needs none"
