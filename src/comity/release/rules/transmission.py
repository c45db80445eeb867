"""How it travels: channels by level, encryption, couriers, routes, receipts and registers."""

from collections.abc import Iterator

from comity.agreement.instrument import Term
from comity.release import agreed
from comity.release.matter import PROVIDING, Answer, Matter
from comity.release.question import Act, Outcome
from comity.release.rules.rule import Check, Owes, both, classified, needs, owe, recipient, unless

PASSING = frozenset({"release", "onward-release"})
APPROVED = "approved"
"""The channel of a format whose absent channel means an approved one (format default 1)."""

ELECTRONIC = frozenset({"electronic", "email", "e-mail", "fax", "network", "approved-crypto", "encrypted", "telephone"})
OFFICIAL = frozenset({"government-to-government", "diplomatic-bag", "diplomatic", "military", "official"})
"""What goes from government to government, where a text names none of its ways beside that word."""
LISTING = ("transmission", "transmission-low", "mark-legend")
DECISIONS = frozenset({"joint-agreement", "approval", "arrangement", "joint-committee-approval"})


def channel(matter: Matter) -> Iterator[Answer]:
    """CH-IL VII, CH-KR 7, CH-SG 7, CH-FI 7, CH-DK 6, CH-EDA 6: only channels approved for the level."""
    chosen = matter.facts.transmission.channel
    if matter.act not in PROVIDING or chosen == APPROVED or matter.rank is None:
        return
    listed = [term for kind in LISTING for term in matter.by_kind.get(kind, ()) if term.params.get("approved_channels")]
    electronic = matter.by_kind.get("transmission-electronic", [])
    if chosen is None:
        for term in listed or electronic:
            yield matter.finding("channel-unstated", term, Outcome.DENY)
        return
    forbidding = [
        term
        for term in matter.by_kind.get("transmission-internet", ())
        if chosen in (term.params.get("forbidden") or ("internet",))
    ]
    for term in forbidding:
        yield matter.finding("channel-forbidden", term, Outcome.DENY, channel=str(chosen))
    if forbidding:
        return
    fitting = [term for term in listed if matter.at(term.params.get("levels_en"))]
    approving = [term for term in fitting if _lists(term, str(chosen), matter)]
    if approving:
        yield from _courier(next((term for term in approving if term.rule == "transmission-low"), approving[0]), matter)
    elif chosen in ELECTRONIC and (ruling := _ruling(matter)):
        for term in ruling:
            yield from _electronic(term, matter)
    else:
        for term in fitting or listed or electronic or matter.by_kind.get("transmission-internet", []):
            yield matter.finding("channel-not-approved", term, Outcome.DENY, channel=str(chosen))


def _lists(term: Term, chosen: str, matter: Matter) -> bool:
    approved = frozenset(term.params.get("approved_channels") or ())
    encrypted = chosen in ELECTRONIC and matter.facts.transmission.encryption not in (None, "none")
    official = approved & OFFICIAL == {"government-to-government"} and chosen in OFFICIAL
    return chosen in approved or official or (encrypted and bool(approved & {"approved-crypto", "agreed-crypto"}))


def _ruling(matter: Matter) -> list[Term]:
    """The terms on electronic means that speak of this level."""
    terms = [*matter.by_kind.get("transmission-electronic", ()), *matter.by_kind.get("transmission-internet", ())]
    return [term for term in terms if matter.reaches(term.params.get("from_en"))]


def _courier(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-KR 7(1): a courier carries a certificate, and only where the other channels are impractical."""
    way = matter.facts.transmission
    if way.channel is not None and "courier" in way.channel and way.courier_certificate is False:
        yield matter.finding("courier-without-certificate", term, Outcome.DENY)
    elif way.channel is not None and "courier" in way.channel and way.others_impractical is False:
        yield matter.finding("other-channels-practical", term, Outcome.DENY)
    else:
        special = term.rule != "transmission" or "courier" in str(way.channel)
        code = "channel-permitted" if special else "channel-approved"
        yield matter.finding(code, term, Outcome.ALLOW, channel=str(way.channel))


def _electronic(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-KR 7(2), CH-FR 9.5, CH-LU 6.3, CH-SG 7.3: by an agreed procedure, with agreed encryption."""
    way, requires = matter.facts.transmission, term.params.get("requires")
    encrypted = way.encryption not in (None, "none")
    if requires == "agreed-crypto":
        agreed = encrypted or (way.encryption is None and way.agreed_procedure is not None)
    else:
        agreed = way.agreed_procedure is not None or (requires in DECISIONS and _all_approved(matter))
    if agreed:
        yield matter.finding("channel-permitted", term, Outcome.ALLOW, channel=str(way.channel))
    elif requires in DECISIONS:
        for party in sorted(matter.parties):
            yield needs(term, matter, "procedure-not-agreed", party, str(requires))
    else:
        yield matter.finding("procedure-not-agreed", term, Outcome.DENY, requires=str(requires))


def _all_approved(matter: Matter) -> bool:
    return all(agreed.approved(matter, party, frozenset({"transmission"})) for party in matter.parties)


def route(term: Term, matter: Matter) -> Iterator[Answer]:
    """TISA 4: given to the third participant, which passes it on with the originator's approval."""
    via, taken = str(term.params.get("via")), matter.facts.transmission.route
    through = via.split("-", maxsplit=1)[0]
    if matter.act not in PROVIDING or through == matter.reader.party:
        return
    if through == matter.facts.holder:
        if "approval" in " ".join(term.text.values()):
            yield from unless(term, matter, "third-party", matter.bound_parties, "approval", PASSING)
        return
    if taken is not None and taken.removeprefix("via:") != via:
        yield matter.finding("wrong-route", term, Outcome.DENY, via=via)
    else:
        yield matter.finding("routed", term, Outcome.ALLOW, via=via)
    yield matter.duty("route-via", matter.keeper, term, via=via)


def checked_together(_term: Term, _matter: Matter) -> Iterator[Answer]:
    """A channel may be approved by any of several terms, so `channel` reads them together."""
    yield from ()


def _received(term: Term, matter: Matter) -> bool:
    event = matter.facts.event
    here = matter.reader.party in matter.parties or (event is not None and event.kind == "received")
    return here and classified(term, matter)


def _on_receipt(term: Term, matter: Matter) -> Iterator[Answer]:
    """What was just received sets off what is owed for it."""
    event = matter.facts.event
    if event is not None and event.kind == "received" and matter.act in ARRIVING and classified(term, matter):
        yield matter.finding("received", term, Outcome.ALLOW)


ARRIVING = frozenset({Act.RELEASE, Act.USE, Act.RETAIN})

ROWS: dict[str, Check] = {
    "transmission": checked_together,
    "transmission-low": checked_together,
    "transmission-electronic": checked_together,
    "transmission-internet": checked_together,
    "route": route,
    "receipt": both(Owes("receipt", ARRIVING, _received, owe("receipt", recipient)), _on_receipt),
    "register": both(Owes("register", ARRIVING, _received, owe("register", recipient)), _on_receipt),
}
