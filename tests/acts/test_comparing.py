"""A version that is held is found by its number, and the second signature on a new one is given beside the old one."""

from dataclasses import replace

import pytest

from comity.acts import agreements
from comity.acts.comparing import before_signing, version_of
from comity.core.errors import Absent
from tests.joined import DANA, Pair, example


def test_a_version_by_its_number(pair: Pair) -> None:
    assert version_of(pair.il, f"{pair.agreement}@1").version == version_of(pair.il, pair.agreement).version == 1
    with pytest.raises(Absent, match="no version 7"):
        version_of(pair.il, f"{pair.agreement}@7")


def test_a_new_version_comes_with_the_one_that_binds(pair: Pair) -> None:
    raw = agreements.sign(pair.il, replace(example(), version=2), DANA)
    two = before_signing(pair.jp, raw)
    assert two is not None
    assert [text.version for text in two] == [1, 2]
    first = agreements.sign(pair.il, replace(example(), id="IL-JP-OTHER-FICTION"), DANA)
    assert before_signing(pair.jp, first) is None
