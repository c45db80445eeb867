"""The page of a decision holds everything it shows, escapes what others wrote, and runs the way its language does."""

import html.parser
from typing import Any

import pytest

from comity.cli.page import direction, render

HOSTILE = '<script>alert("x")</script> & <b>'
TOLD: dict[str, Any] = {
    "language": "en",
    "note": None,
    "to": "JP",
    "agreement": "IL-JP-FICTION@1",
    "outcome": "deny",
    "articles": ["agreement:4(5)@1"],
    "reasons": ["It may not go.", HOSTILE],
    "quoted": [{"article": "agreement:4(5)@1", "language": "he", "text": "ניתן למסור מידע"}],
    "what_if": [{"words": "if IL marked it TLP:AMBER", "outcome": "allow", "articles": ["agreement:4(5)@1"]}],
    "relied_on": {"facts": {"holder": HOSTILE}},
}


class Seen(html.parser.HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_what_others_wrote_is_text() -> None:
    seen = Seen(render(TOLD, HOSTILE))
    assert HOSTILE in seen.text
    assert not {tag for tag, _ in seen.tags} & {"script", "b", "img", "a", "link", "iframe"}


def test_it_needs_nothing_else_and_can_be_read_aloud() -> None:
    page = render(TOLD, "A report")
    seen = Seen(page)
    assert "default-src 'none'" in page
    assert "@media print" in page
    assert [tag for tag, attrs in seen.tags if {"src", "href"} & set(attrs)] == []
    tags = [tag for tag, _ in seen.tags]
    assert (tags.count("h1"), tags.count("main")) == (1, 1)
    assert all("scope" in attrs for tag, attrs in seen.tags if tag == "th")
    assert dict(seen.tags)["html"]["lang"] == "en"


def test_a_hebrew_article_runs_from_right_to_left_and_its_number_stays_whole() -> None:
    seen = Seen(render(TOLD, "A report"))
    assert [attrs["dir"] for tag, attrs in seen.tags if tag == "blockquote"] == ["rtl"]
    assert "[\u20664(5)\u2069]" in seen.text


@pytest.mark.parametrize(("tag", "way"), [("he", "rtl"), ("ar-EG", "rtl"), ("ja", "ltr"), ("en", "ltr"), ("FA", "rtl")])
def test_directions(tag: str, way: str) -> None:
    assert direction(tag) == way


def test_what_was_never_decided_has_a_page_too() -> None:
    empty = {**TOLD, "quoted": [], "what_if": [], "relied_on": None}
    assert "What would change it" not in render(empty, "held")


def test_a_page_in_english_for_want_of_a_table_says_so() -> None:
    seen = Seen(render({**TOLD, "note": "There are no sentences in ja here: these are English."}, "A report"))
    assert "There are no sentences in ja here" in seen.text
    assert dict(seen.tags)["html"]["dir"] == "ltr"
