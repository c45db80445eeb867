"""Fuzzes one target with atheris: `python -m fuzz.one TARGET FOLDER [libFuzzer options]`. Run by `python -m fuzz`.

FOLDER keeps what led somewhere new; the corpus in the repository is read and never written.
"""

import sys
from random import Random

import atheris

with atheris.instrument_imports(include=["comity"], enable_loader_override=False):
    from fuzz.mutation import mutated
    from fuzz.target import MAX_BYTES, accepts
    from fuzz.targets import named


def main() -> None:
    name, folder, *options = sys.argv[1:]
    target = named(name)

    def change(raw: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        changed: bytes = atheris.Mutate(raw, most) if random.random() < 0.4 else mutated(raw, random)
        return changed[:most]

    corpus = [str(target.corpus[0].parent)] if target.corpus else []
    atheris.Setup(
        [sys.argv[0], *options, f"-max_len={MAX_BYTES}", folder, *corpus],
        lambda raw: accepts(target, raw),
        custom_mutator=change,
    )
    atheris.Fuzz()


main()
