"""The sentences in which a decision is told: one table for each language, data beside the rules.

English is complete and is what a reader gets whose language has no table; it is then said to be English.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from comity.agreement.clock import Step
from comity.core import strictjson
from comity.core.errors import Malformed

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Sentences:
    """One language's table. What stands in braces is filled in. `words` and `page` are what stands around the codes.

    `states` says what became of a thing, `duties` what is to be done, with the names of its `params`; `register` speaks
    of one duty, `clock` of how its time was counted, `units` of lengths of time.
    """

    language: str
    outcomes: Mapping[str, str]
    laws: Mapping[str, str]
    codes: Mapping[str, str]
    what_if: Mapping[str, str]
    words: Mapping[str, str]
    states: Mapping[str, str]
    duties: Mapping[str, str]
    params: Mapping[str, str]
    register: Mapping[str, str]
    clock: Mapping[str, str]
    units: Mapping[str, str]
    page: Mapping[str, str]

    def say(self, word: str, **params: str) -> str:
        """One of `words`, filled in."""
        return self.words[word].format_map(params)

    def owing(self, word: str, **params: str) -> str:
        """One of `register`, filled in."""
        return self.register[word].format_map(params)

    def state(self, code: str) -> str:
        return self.states.get(code, code)

    def duty(self, code: str, params: Iterable[tuple[str, str]] = ()) -> str:
        """What is to be done, and the parameters of it; a name without words here is told as it is."""
        rest = "".join(f", {self.params.get(name, name)} {value}" for name, value in params)
        return f"{self.duties.get(code, code)}{rest}"

    def step(self, step: Step) -> str:
        """One step of a reckoning."""
        said = {name: self._span(value) if name == "span" else value for name, value in step.params}
        return self.clock[step.code].format_map(said)

    def _span(self, text: str) -> str:
        count, _, unit = text.partition(" ")
        return self.units[unit].format_map({"count": count})


GROUPS = tuple(one.name for one in fields(Sentences) if one.name != "language")


def from_json(raw: bytes) -> Sentences:
    """A table as it is written. Raises `Malformed`."""
    value = strictjson.parse(raw, "a table of sentences")
    if not isinstance(value, dict) or set(value) != {"language", *GROUPS}:
        raise Malformed(f"a table of sentences has the members language, {', '.join(GROUPS)}")
    for group in GROUPS:
        texts = value[group]
        if not isinstance(texts, dict) or not all(isinstance(one, str) and one for one in texts.values()):
            raise Malformed(f"a table of sentences has a text for each name in {group}")
    return Sentences(str(value["language"]), **{group: value[group] for group in GROUPS})


@cache
def tables() -> Mapping[str, Sentences]:
    """Every table that comes with the program, by its language's BCP 47 tag."""
    found = [one for one in (files("comity.release") / "sentences").iterdir() if one.name.endswith(".json")]
    read = [from_json(one.read_bytes()) for one in found]
    return {one.language: one for one in read}


def sentences(language: str = ENGLISH) -> Sentences:
    """The table for a tag, else for the tag without its last parts (RFC 4647 section 3.4), else the English one."""
    parts = language.lower().split("-")
    tags = ("-".join(parts[:size]) for size in range(len(parts), 0, -1))
    return next((tables()[tag] for tag in tags if tag in tables()), tables()[ENGLISH])
