"""Levels meet only inside one table: what folds is read as the higher, what stands in no row has no equivalent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.labels.equivalence import ABOVE_ALL, NEUTRAL, Equivalence, neutral_rank

# Switzerland-Israel 2012 (SR 0.514.144.91), Art. IV(1): neither direction is a function.
FOLDED = Equivalence.of(
    {"IL": ["SHAMUR", "SODI", "SODI BEYOTER"], "CH": ["INTERN", "VERTRAULICH", "GEHEIM"]},
    [
        {"en": "RESTRICTED", "IL": "SHAMUR", "CH": "INTERN"},
        {"en": "CONFIDENTIAL", "IL": "SHAMUR", "CH": "VERTRAULICH"},
        {"en": "SECRET", "IL": "SODI", "CH": "GEHEIM"},
        {"en": "TOP SECRET", "IL": "SODI BEYOTER", "CH": "GEHEIM"},
    ],
)
# Japan-Korea 2016, Art. 4, with a fictional unmapped level at either end.
PARTIAL = Equivalence.of(
    {"JP": ["注意", "秘", "極秘", "機密"], "KR": ["군사III급비밀", "군사II급비밀"]},
    [
        {"en": "SECRET", "JP": "極秘", "JP_alt": "特定秘密", "JP_latin": "GOKUHI", "KR": "군사II급비밀"},
        {"en": "CONFIDENTIAL", "JP": "秘", "KR": "군사III급비밀"},
    ],
)


@pytest.mark.parametrize(
    ("party", "level", "target", "en", "expected"),
    [
        ("IL", "SODI BEYOTER", "CH", None, "GEHEIM"),
        ("IL", "SODI", "CH", None, "GEHEIM"),
        ("IL", "SHAMUR", "CH", None, "VERTRAULICH"),
        ("IL", "SHAMUR", "CH", "RESTRICTED", "INTERN"),
        ("IL", "SHAMUR", "CH", "CONFIDENTIAL", "VERTRAULICH"),
        ("IL", "SHAMUR", "CH", "SECRET", "GEHEIM"),  # a contradiction is read as the higher
        ("IL", "SHAMUR", "CH", "NO SUCH TERM", "VERTRAULICH"),
        ("CH", "GEHEIM", "IL", None, "SODI BEYOTER"),
        ("IL", "shamur", "CH", None, "VERTRAULICH"),
        ("IL", "SECRET", "CH", None, "GEHEIM"),  # a neutral term may stand for the level
        ("IL", "MUGBAL", "CH", None, None),
        ("FR", "SODI", "CH", None, None),  # a level without its party is meaningless
    ],
)
def test_folds_are_read_as_the_higher(
    party: str, level: str, target: str, en: str | None, expected: str | None
) -> None:
    assert FOLDED.to(party, level, target, en) == expected


@pytest.mark.parametrize(
    ("party", "level", "target", "expected"),
    [
        ("JP", "特定秘密", "KR", "군사II급비밀"),
        ("JP", "gokuhi", "KR", "군사II급비밀"),
        ("KR", "군사 Ⅱ급 비밀", "JP", "極秘"),
        ("JP", "機密", "KR", None),
        ("JP", "注意", "KR", None),
        ("JP", "特定秘密", "JP", "極秘"),
    ],
)
def test_spellings_and_second_terms(party: str, level: str, target: str, expected: str | None) -> None:
    assert PARTIAL.to(party, level, target) == expected


def test_what_has_no_row_is_never_low() -> None:
    assert PARTIAL.rank("JP", "機密") == ABOVE_ALL
    assert PARTIAL.rank("JP", "unheard of") == ABOVE_ALL
    assert PARTIAL.rank("JP", "注意") == neutral_rank("CONFIDENTIAL") - 1
    assert neutral_rank("NO SUCH TERM") == ABOVE_ALL


def test_a_row_without_a_cell_is_no_equivalent() -> None:
    table = Equivalence.of({"AA": ["X", "Y"], "BB": ["Z"]}, [{"en": "SECRET", "AA": "Y", "BB": None}])
    assert table.to("AA", "Y", "BB") is None
    assert table.rank("AA", "Y") == neutral_rank("SECRET")


def test_the_highest_of_levels_fails_closed() -> None:
    assert FOLDED.highest("CH", ["INTERN", "GEHEIM", "VERTRAULICH"]) == "GEHEIM"
    assert FOLDED.highest("CH", ["INTERN", "COSMIC"]) is None
    assert FOLDED.highest("CH", []) is None


def test_cells_may_join_spellings() -> None:
    table = Equivalence.of(
        {"CH": ["INTERN"]}, [{"en": "RESTRICTED", "CH": "INTERN / INTERNE", "EU": "RESTREINT UE/EU R"}]
    )
    assert table.find("CH", "INTERNE") == table.find("EU", "EU R") == (0,)


levels = st.lists(st.sampled_from("ABCDEFGH"), min_size=1, max_size=5, unique=True)
cells = st.one_of(st.none(), st.sampled_from("ABCDEFGH"))
tables = st.builds(
    lambda one, two, rows: Equivalence.of(
        {"AA": one, "BB": two}, [dict(zip(("en", "AA", "BB"), row, strict=True)) for row in rows]
    ),
    levels,
    levels,
    st.lists(st.tuples(st.sampled_from(NEUTRAL), cells, cells), max_size=4, unique_by=lambda row: row[0]),
)


@given(tables, st.sampled_from("ABCDEFGH"), st.sampled_from(NEUTRAL))
def test_stating_a_term_never_reads_below_every_row_of_the_level(table: Equivalence, level: str, en: str) -> None:
    rows = table.find("AA", level)
    stated = table.find("AA", level, en)
    assert bool(rows) == bool(stated)
    assert not rows or min(stated) <= max(rows)


@given(tables, st.sampled_from("ABCDEFGH"))
def test_the_equivalent_is_the_highest_row_or_nothing(table: Equivalence, level: str) -> None:
    rows = table.find("AA", level)
    found = table.to("AA", level, "BB")
    assert found == (table.rows[rows[0]]["BB"] if rows else None)
    assert table.rank("AA", level) >= 1


@given(tables)
def test_rows_stand_highest_first(table: Equivalence) -> None:
    places = [neutral_rank(row["en"]) for row in table.rows]
    assert places == sorted(places, reverse=True)


def test_a_term_that_stands_alone_is_not_read_as_a_part_of_another() -> None:
    """HEMLIG beside HEMLIG/TOP SECRET is SECRET; where it stands nowhere alone, it is the highest that contains it."""
    names = ["HEMLIG/RESTRICTED", "HEMLIG", "HEMLIG/TOP SECRET"]
    rows = [
        {"en": en, "SE": name, "NO": en} for en, name in zip(("RESTRICTED", "SECRET", "TOP SECRET"), names, strict=True)
    ]
    table = Equivalence.of({"SE": names, "NO": ["RESTRICTED", "SECRET", "TOP SECRET"]}, rows)
    assert table.to("SE", "HEMLIG", "NO") == "SECRET"
    assert table.position("SE", "HEMLIG") == 1
    assert [table.to("SE", name, "NO") for name in names] == ["RESTRICTED", "SECRET", "TOP SECRET"]
    joined = Equivalence.of({"SE": [names[0], names[2]]}, [rows[0], rows[2]])
    assert joined.to("SE", "HEMLIG", "NO") == "TOP SECRET"
