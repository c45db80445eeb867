"""An article lies inside another by its numbering, never by the mere beginning of its name."""

import pytest

from comity.agreement.article import covers

CASES = [
    ("6", "6", True),
    ("6", "6(2)(a)", True),
    ("6", "60", False),
    ("4", "14", False),
    ("4", "4(1)-(2)", True),
    ("VI", "VI(2)(d)", True),
    ("V", "VI(2)(d)", False),
    ("VI", "VII(1)-(2)", False),
    ("Annex I", "Annex I III.B.2(e)", True),
    ("Annex I", "Annex II", False),
    ("11", "11(2)(e)", True),
    ("5.9", "5.9b", True),
    ("5.1", "5.10", False),
    ("31-42", "36(b)", True),
    ("31-42", "30", False),
    ("31-42", "43", False),
    ("13", "12-13", True),
    ("14", "12-13", False),
    ("6(2)", "6", False),
]


@pytest.mark.parametrize(("whole", "article", "inside"), CASES)
def test_numbering_decides(whole: str, article: str, inside: bool) -> None:
    assert covers(whole, article) is inside
