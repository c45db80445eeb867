"""A reader of French is told a decision, its page and what is owed in French, by the option or the node's setting."""

from pathlib import Path

import pytest

from comity.cli.page import render
from comity.release.language import sentences
from tests.cli.terminal import typed
from tests.cli.test_page import TOLD, Seen


def spoken(folder: Path, language: str) -> None:
    settings = folder / "il" / "comity.toml"
    written = settings.read_text("utf-8")
    settings.write_text(written.replace('language = "en"', f'language = "{language}"'), "utf-8")


def test_the_page_of_a_decision_is_french_throughout() -> None:
    told = {**TOLD, "language": "fr", "reasons": [sentences("fr").outcomes["deny"]]}
    seen = Seen(render(told, "Un rapport"))
    assert dict(seen.tags)["html"]["lang"] == "fr"
    for words in ("non permis", "La transmission n’est pas permise.", "Ce qui changerait la réponse", "permis"):
        assert words in seen.text
    assert "deny" not in seen.text


def test_a_duty_is_told_with_its_words_its_clock_and_its_time() -> None:
    french = sentences("fr")
    assert french.duty("notify-originator", (("to", "IL"),)) == "informer l’autorité d’origine, à IL"
    assert french.duty("no-such-duty") == "no-such-duty", "what has no words is told as it is"


@pytest.mark.parametrize(("tag", "says"), [("fr", "Aucune obligation n’est en cours."), ("en-GB", "Nothing is owed.")])
def test_the_nodes_setting_chooses_where_no_option_does(tag: str, says: str, capitals: Path) -> None:
    spoken(capitals, tag)
    assert typed("comity duties --data il", capitals).text.strip() == says
    assert typed("comity duties --data il --lang fr", capitals).text.strip() == "Aucune obligation n’est en cours."


def test_a_language_without_sentences_is_told_in_english_and_says_so(capitals: Path) -> None:
    spoken(capitals, "he")
    first, second = typed("comity duties --data il", capitals).text.splitlines()
    assert first == "Nothing is owed."
    assert second.startswith("There are no sentences in he here")
