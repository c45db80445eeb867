"""What a decision is asked about: subjects as stores keep them, cases as they are handed over."""

from collections.abc import Callable

from tests.release.fiction import memorandum

from comity.core import strictjson
from comity.release import approval, cases, consent, language, mandate, offered, policycase, recorded, visit
from comity.release.decide import decide
from comity.release.subject import Subject
from fuzz.target import same

TEXT = memorandum()


def read_subject(raw: bytes) -> Subject:
    return Subject.from_json(strictjson.parse(raw))


def subject(raw: bytes) -> None:
    same(read_subject(raw), lambda one: one.canonical().encode(), read_subject)


def case(raw: bytes) -> None:
    """A line of `comity decide --cases`: read, decided, answered. The answer's last resort is never needed."""
    value = strictjson.parse(raw, max_bytes=cases.MAX_CASE_BYTES)
    question, agreement, now = cases.read_question(value)
    decision = decide(question, {agreement.ref: agreement}, now)
    assert decision.articles or decision.findings, "a decision without an article (law 2)"
    answer = cases.answer(raw)
    assert answer.get("reason") != "error", answer.get("detail")
    strictjson.canonical(answer)


def policy_case(raw: bytes) -> None:
    policycase.case_from_json(strictjson.parse(raw))


def _mandate(raw: bytes) -> mandate.Mandate:
    return mandate.from_json(strictjson.parse(raw))


def read_mandate(raw: bytes) -> None:
    same(_mandate(raw), lambda one: strictjson.canonical(one.as_json()), _mandate)


def _approval(raw: bytes) -> approval.Approval:
    return approval.from_json(strictjson.parse(raw))


def read_approval(raw: bytes) -> None:
    same(_approval(raw), lambda one: strictjson.canonical(one.as_json()), _approval)


Paper = consent.Request | consent.Grant | consent.Ending | visit.Request | visit.Answer
PAPERS: dict[str, type[Paper]] = {
    "consent-request": consent.Request,
    "consent-grant": consent.Grant,
    "consent-ending": consent.Ending,
    "visit-request": visit.Request,
    "visit-answer": visit.Answer,
}


def _paper(name: str) -> Callable[[bytes], None]:
    """The body of a notice about a consent or a visit."""

    def read(raw: bytes) -> Paper:
        return PAPERS[name].from_json(strictjson.parse(raw))

    return lambda raw: same(read(raw), lambda one: strictjson.canonical(one.as_json()), read)


def _collection(raw: bytes) -> offered.Definition:
    return offered.definition(strictjson.parse(raw))


def read_collection(raw: bytes) -> None:
    same(_collection(raw), lambda one: strictjson.canonical(one.as_json()), _collection)


def _credential(raw: bytes) -> offered.Issued:
    return offered.issued(strictjson.parse(raw))


def read_credential(raw: bytes) -> None:
    same(_credential(raw), lambda one: strictjson.canonical(one.as_json()), _credential)


def read_sentences(raw: bytes) -> None:
    language.from_json(raw)


def kept(raw: bytes) -> None:
    """A decision as it was kept, asked again."""
    recorded.ask_again(raw, [TEXT])
    assert recorded.used(raw).texts


CHECKS = {
    "subject": subject,
    "case": case,
    "policy-case": policy_case,
    "decision": kept,
    "mandate": read_mandate,
    "approval": read_approval,
    "sentences": read_sentences,
    "collection": read_collection,
    "credential": read_credential,
    **{name: _paper(name) for name in PAPERS},
}
