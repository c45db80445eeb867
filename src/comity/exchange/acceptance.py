"""Whether an authenticated envelope may be let in, and which of its kinds, before anybody reads the content.

A refusal here is answered with a signed receipt. It closes the number: the sender decides again and uses a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from comity.agreement.instrument import Agreement, AgreementRef
from comity.core import instants
from comity.exchange.body import Items
from comity.exchange.envelope import Envelope
from comity.exchange.lane import Mode


class Force(StrEnum):
    """What a version's life says at this instant."""

    NOT_YET = "not-yet"
    IN_FORCE = "in-force"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an agreement as the act found it at `now`.

    `kinds` are those its annexes in force cover; `continues` those that pass under suspension and after the end
    (law 12). A superseded version counts as in force, and is then bound by the current one too.
    """

    agreement: Agreement
    signed_by: frozenset[str]
    force: Force
    kinds: frozenset[str]
    continues: frozenset[str] = frozenset()

    @property
    def passes(self) -> frozenset[str]:
        """The kinds of record that may come in under this version now."""
        match self.force:
            case Force.IN_FORCE | Force.SUPERSEDED:
                return self.kinds | self.continues
            case Force.SUSPENDED | Force.ENDED:
                return self.continues
            case Force.NOT_YET:
                return frozenset()


WRONG_MODE = "wrong-mode"
"""Told first: a drill's log is another log, so that nothing of the envelope is kept but its number."""
CLOCK_AHEAD = "clock-ahead"
"""Told before anything is kept: the same bytes are let in once their time has come."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code for the receipt and the desk's sentence."""

    code: str
    text: str


def refusal(
    envelope: Envelope,
    versions: Mapping[AgreementRef, Version],
    mode: Mode,
    now: datetime,
    skew: timedelta,
    announced: frozenset[str] = frozenset(),
) -> Refusal | None:
    """Why the whole envelope is not let in, or `None`. Items are judged by `kind_refusal`, each by itself.

    A sealed body is opened before it comes here. An envelope of which no item passes is refused as a whole.

    `mode` is this node's; `skew` the declared tolerance; `announced` the ids of keys that key statements put beside
    those named in the text. An unknown agreement, one not signed by both and one between others are told in the same
    words: a stranger to an agreement does not learn that it exists (law 4).
    """
    header = envelope.header
    if header.mode is not mode:
        return Refusal(WRONG_MODE, f"the envelope is {header.mode.value}, and this node is {mode.value}")
    version = versions.get(header.agreement)
    if version is None or not {header.sender, header.to} <= set(version.agreement.party_ids) <= version.signed_by:
        return Refusal("no-such-agreement", f"{header.agreement} is not an agreement that both sides have signed")
    named = {entry.key.kid for entry in version.agreement.keys if entry.party == header.sender}
    if envelope.kid not in named | announced:
        return Refusal("key-not-named", f"{header.agreement} does not name the key with which {header.sender} signed")
    if header.at > now + skew:
        return Refusal(CLOCK_AHEAD, f"it is dated {instants.text(header.at)}, beyond the tolerance of {skew}")
    if isinstance(envelope.body, Items) and not envelope.body.kinds & _passing(header.agreement, versions):
        return kind_refusal(next(iter(sorted(envelope.body.kinds))), header.agreement, versions)
    return None


def kind_refusal(kind: str, named: AgreementRef, versions: Mapping[AgreementRef, Version]) -> Refusal | None:
    """Why items of this kind do not pass under the version named and the one in force, the stricter of the two."""
    if kind in _passing(named, versions):
        return None
    force = current(named, versions).force
    match force:
        case Force.SUSPENDED:
            return Refusal("agreement-suspended", f"{named.id} is suspended, and {kind} is not among what continues")
        case Force.ENDED:
            return Refusal("agreement-ended", f"{named.id} has ended, and {kind} is not among what survives it")
        case Force.NOT_YET:
            return Refusal("agreement-not-yet", f"{named.id} is not in force yet")
        case _:
            return Refusal("kind-not-covered", f"no annex of {named.id} in force covers {kind}")


def current(named: AgreementRef, versions: Mapping[AgreementRef, Version]) -> Version:
    """The newest version of this agreement that is or was in force; the named one where none is."""
    lived = [ref for ref, version in versions.items() if ref.id == named.id and version.force is not Force.NOT_YET]
    return versions[max(lived, default=named)]


def _passing(named: AgreementRef, versions: Mapping[AgreementRef, Version]) -> frozenset[str]:
    return versions[named].passes & current(named, versions).passes
