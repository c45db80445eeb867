"""A decision as it is kept, and asked again years later: the same question, texts and instant give the same bytes."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from comity.agreement import text
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core import instants, strictjson
from comity.core.errors import Malformed
from comity.release.decision import Decision
from comity.release.own_people import Own, decide_access
from comity.release.policy import Policy, decide_under
from comity.release.question import Act, Facts, OrgReader, PartyReader, PersonReader, Question, Reader, Subject

ENGINE = "5"
"""The version of the rules. It rises when an answer changes, so that an old decision's difference is explained."""

_READERS: dict[str, type[Reader]] = {one.__name__: one for one in (PartyReader, OrgReader, PersonReader)}
_MEMBERS = frozenset({"question", "decision", "texts", "engine"})
_OWN = "own"
"""A member of what our own people were let see: what that rests on beside the question."""


class _Finding(msgspec.Struct):
    code: str
    cite: str


class _Duty(msgspec.Struct):
    duty: str
    cite: str


class _Answer(msgspec.Struct):
    outcome: str
    articles: list[str]
    findings: list[_Finding]
    obligations: list[_Duty]
    made_at: str


class _Own(msgspec.Struct, forbid_unknown_fields=True):
    cite: str
    tables: list[str]


class _Kept(msgspec.Struct):
    """What is looked at of a kept decision."""

    question: dict[str, Any]
    decision: _Answer
    texts: dict[str, str]
    engine: str
    own: _Own | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """One decision asked again. `differences` are sentences, the first difference first; none where all is the same."""

    question: Question | None
    outcome: str
    articles: tuple[str, ...]
    made_at: str
    engine: str
    differences: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.differences


def record(
    question: Question, decision: Decision, texts: Mapping[AgreementRef, Agreement], own: Own | None = None
) -> bytes:
    """The canonical bytes that are kept: the question, its texts by digest, the version of the rules, the answer.

    `own` where it lets our own people see something.
    """
    tables = frozenset[AgreementRef]() if own is None else own.tables
    used = sorted({question.agreement, *question.bound_by, *tables} & set(texts))
    kept = {
        "question": strictjson.parse(question.canonical()),
        "decision": decision.as_json(),
        "texts": {str(ref): digest_of(texts[ref]) for ref in used},
        "engine": ENGINE,
    }
    if own is not None:
        kept[_OWN] = {"cite": own.cite, "tables": [str(ref) for ref in sorted(own.tables)]}
    return strictjson.canonical(kept)


@dataclass(frozen=True, slots=True)
class Used:
    """What a kept decision was made under: texts by digest, and the name of the private rules, if any."""

    texts: frozenset[str]
    policy: str | None


def used(raw: bytes) -> Used:
    """Raises `Malformed` for bytes that are no decision."""
    kept = _kept(raw)
    return Used(frozenset(kept["texts"].values()), kept["question"].get("policy"))


def _no_policy(_key: str) -> Policy | None:
    return None


def ask_again(raw: bytes, held: Iterable[Agreement], policy_of: Callable[[str], Policy | None] = _no_policy) -> Again:
    """The kept decision beside the answer that this program gives now, from the texts among `held` that it names.

    `policy_of` finds the asking party's own rules by the name that the question has for them.

    Raises `Malformed` for bytes that are no decision.
    """
    kept = _kept(raw)
    before, engine = kept["decision"], str(kept["engine"])
    known = {digest_of(one): one for one in held}
    missing = [ref for ref, digest in kept["texts"].items() if digest not in known]
    if missing:
        found = [f"the text of {ref} with the digest it was decided under is not at hand" for ref in missing]
        return Again(None, before["outcome"], tuple(before["articles"]), before["made_at"], engine, tuple(found))
    texts = {known[digest].ref: known[digest] for digest in kept["texts"].values()}
    question = question_from(kept["question"])
    policy = None if question.policy is None else policy_of(question.policy)
    if question.policy is not None and policy is None:
        gone = f"the policy {question.policy} is not at hand, or another engine would evaluate it"
        return Again(None, before["outcome"], tuple(before["articles"]), before["made_at"], engine, (gone,))
    then = instants.parse(before["made_at"], "the decision's time")
    if (said := kept.get(_OWN)) is None:
        answer = decide_under(question, texts, then, policy)
    else:
        own = Own(said["cite"], frozenset(_ref(one) for one in said["tables"]))
        answer = decide_access(question, texts, own, then, policy)
    now = answer.as_json()
    found = list(_differences(before, now))
    if found and engine != ENGINE:
        found.append(f"it was decided by the rules of version {engine}; these are version {ENGINE}")
    return Again(question, before["outcome"], tuple(before["articles"]), before["made_at"], engine, tuple(found))


def question_from(value: object) -> Question:
    """The question whose canonical bytes say `value`. Raises `Malformed`: what would not be asked again is refused."""
    if not isinstance(value, dict):
        raise Malformed("a question must be an object")
    try:
        reader = dict(value["reader"])
        question = Question(
            agreement=_ref(value["agreement"]),
            status_key=value["status"],
            act=Act(value["act"]),
            subject=Subject.from_json(value["subject"]),
            reader=msgspec.convert(reader, _READERS[reader.pop("as")]),
            facts=msgspec.convert(value["facts"], Facts),
            bound_by=frozenset(_ref(ref) for ref in value["bound_by"]),
            policy=None if value.get("policy") is None else str(value["policy"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise Malformed(f"the question cannot be read: {type(error).__name__}") from None
    if question.canonical() != strictjson.canonical(value):
        raise Malformed("the question holds something that this program would not ask")
    return question


def _ref(named: str) -> AgreementRef:
    name, _, version = named.rpartition("@")
    return AgreementRef(name, int(version))


@lru_cache(maxsize=64)
def digest_of(agreement: Agreement) -> str:
    """Of a text as it stands, its events included."""
    return text.digest(agreement)


def _kept(raw: bytes) -> dict[str, Any]:
    kept = strictjson.parse(raw, "the decision")
    if not isinstance(kept, dict) or set(kept) - {_OWN} != _MEMBERS:
        raise Malformed("this is not a decision as this program keeps them")
    try:
        read = msgspec.convert(kept, _Kept)
        tables = set() if read.own is None else {str(_ref(one)) for one in read.own.tables}
    except (msgspec.ValidationError, ValueError):
        raise Malformed("this is not a decision as this program keeps them") from None
    if not tables <= set(read.texts):
        raise Malformed("this decision rests on a text that it does not name")
    return kept


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[str]:
    """What is not the same, as sentences: the outcome, each finding that went or came, then whatever else."""
    if before["outcome"] != now["outcome"]:
        yield f"it was {before['outcome']} and would be {now['outcome']}"
    for name, one, few in (("finding", "finding", "findings"), ("duty", "duty", "obligations")):
        gone = [item for item in before[few] if item not in now[few]]
        come = [item for item in now[few] if item not in before[few]]
        label = "code" if one == "finding" else "duty"
        yield from (f"the {name} {item[label]} [{item['cite']}] is not made any more" for item in gone)
        yield from (f"the {name} {item[label]} [{item['cite']}] is new" for item in come)
    for member in sorted(set(before) | set(now)):
        if before.get(member) != now.get(member) and member not in ("outcome", "findings", "obligations"):
            yield f"{member} was {_short(before.get(member))} and would be {_short(now.get(member))}"
    if list(before["findings"]) != list(now["findings"]) and _sorted(before) == _sorted(now):
        yield "the findings stand in another order"


def _sorted(decision: Mapping[str, Any]) -> list[bytes]:
    return sorted(strictjson.canonical(one) for one in decision["findings"])


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:200]
