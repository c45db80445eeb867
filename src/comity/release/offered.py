"""What an operator defines, each a signed fact of the house: collections, who may see them, and credentials.

Formats: docs/formats/collection.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.core import instants
from comity.core.errors import Malformed
from comity.release.collection import Holder
from comity.release.reader import Clearance, Contractor, OrgReader, PersonReader

FORMAT = "comity-collection/1"
CREDENTIAL = "comity-credential/1"
PAYLOAD_TYPE = "application/vnd.comity.collection+json"
CREDENTIAL_TYPE = "application/vnd.comity.credential+json"
KINDS = ("government", "international-organisation", "contractor", "company", "university")
_ALIAS = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Audience:
    """Named people of an organisation, or the organisation as such where `people` is empty.

    `level` is how far all of them are cleared, in our own words, as the operator answers for; without it they see
    nothing classified. Being named is the need to know.
    """

    organisation: str
    kind: str = "government"
    people: frozenset[str] = frozenset()
    level: str | None = None
    until: datetime | None = None
    briefed: bool = False
    nationality: frozenset[str] = frozenset()

    def reader(self, party: str) -> OrgReader | PersonReader:
        """On whose behalf questions are asked."""
        cleared = None if self.level is None else Clearance(party, self.level, self.until)
        nationality = self.nationality or frozenset({party})
        if self.people:
            return PersonReader(
                party,
                self.organisation,
                self.kind,
                nationality,
                cleared,
                need_to_know=True,
                briefed=self.briefed,
                acknowledged=self.briefed,
            )
        firm = None if cleared is None else Contractor(facility_clearance=cleared)
        return OrgReader(party, self.organisation, self.kind, firm, nationality)


@dataclass(frozen=True, slots=True)
class Definition:
    """A collection. Either `agreement` and `party` are set: what was released to that party, or with `inbox` what it
    writes; or `audience`: our own people see what may be seen of these `sources` (none named: of all).

    `profile`: what is written to it is taken in as from this source.
    """

    id: str
    title: str
    description: str | None = None
    alias: str | None = None
    agreement: str | None = None
    party: str | None = None
    inbox: bool = False
    audience: Audience | None = None
    sources: frozenset[str] = frozenset()
    profile: str | None = None

    def as_json(self) -> dict[str, Any]:
        members: dict[str, Any] = {"format": FORMAT, "id": self.id, "title": self.title}
        members |= {
            name: value
            for name in ("description", "alias", "agreement", "party", "profile")
            if (value := getattr(self, name)) is not None
        }
        if self.inbox:
            members["inbox"] = True
        if self.sources:
            members["sources"] = sorted(self.sources)
        if self.audience is not None:
            members["audience"] = _audience_json(self.audience)
        return members

    def check(self) -> None:
        """Raises `Malformed` for what no collection can be."""
        if not _UUID.fullmatch(self.id):
            raise Malformed("a collection is named by a UUID")
        for name in ("title", "description", "organisation"):
            value = (
                self.audience.organisation if name == "organisation" and self.audience else getattr(self, name, None)
            )
            if value is not None and not (isinstance(value, str) and value.strip() and len(value) <= 1000):
                raise Malformed(f"a collection's {name} must be a text of at most 1,000 characters")
        if self.alias is not None and not _ALIAS.fullmatch(self.alias):
            raise Malformed("a collection's alias is made of small letters, digits and dashes")
        if (self.agreement is None) != (self.party is None) or (self.agreement is None) == (self.audience is None):
            raise Malformed("a collection is for a party under an agreement, or for an audience of our own")
        if self.agreement is None and self.inbox:
            raise Malformed("an inbox is a partner's; what our own people write to names a source profile")
        if self.agreement is not None and (self.profile is not None or self.sources):
            raise Malformed("what a partner sees or writes is settled by the agreement, not by a source profile")
        if self.audience is not None and self.audience.kind not in KINDS:
            raise Malformed(f"an audience is one of: {', '.join(KINDS)}")


def definition(value: object) -> Definition:
    """Raises `Malformed`; an unknown member is refused, never skipped."""
    members = _members(value, FORMAT, "a collection", set(Definition.__dataclass_fields__))
    audience, sources, inbox = members.pop("audience", None), members.pop("sources", []), members.pop("inbox", False)
    if not isinstance(inbox, bool):
        raise Malformed("a collection's inbox is true or not there")
    found = Definition(
        **_said(members, "a collection"),
        inbox=inbox,
        audience=None if audience is None else _audience(audience),
        sources=_texts(sources, "sources"),
    )
    found.check()
    return found


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential: whom it is for, how it is recognised, until when. The secret itself is nowhere.

    `digest` is an HMAC of the secret under the house's identity key; `fingerprint` that of a client's certificate.
    """

    id: str
    holder: Holder
    name: str
    user: str | None = None
    digest: str | None = None
    fingerprint: str | None = None
    until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        members: dict[str, Any] = {"format": CREDENTIAL, "id": self.id, "holder": self.holder.value, "name": self.name}
        members |= {
            name: value for name in ("user", "digest", "fingerprint") if (value := getattr(self, name)) is not None
        }
        return members | ({} if self.until is None else {"until": instants.text(self.until)})


def issued(value: object) -> Issued:
    """Raises `Malformed`."""
    members = _said(_members(value, CREDENTIAL, "a credential", set(Issued.__dataclass_fields__)), "a credential")
    if members.get("holder") not in set(Holder) or not isinstance(members.get("name"), str):
        raise Malformed("a credential names whom it is for")
    digest, fingerprint = members.get("digest"), members.get("fingerprint")
    if (digest is None) == (fingerprint is None) or not _DIGEST.fullmatch(str(digest or fingerprint)):
        raise Malformed("a credential is a secret's digest or a certificate's fingerprint: 64 small hex digits")
    if not _NAME.fullmatch(members["name"]) or ":" in str(members.get("user", "")):
        raise Malformed("a credential's names are plain texts, and a user has no colon")
    until = members.pop("until", None)
    members["holder"] = Holder(members["holder"])
    return Issued(**members, until=None if until is None else instants.parse(until, "a credential's end"))


def _members(value: object, form: str, what: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.get("format") != form:
        raise Malformed(f"this is not {what} of format {form}")
    if unknown := sorted(set(value) - known - {"format"}):
        raise Malformed(f"{what} has a member we do not know: {unknown[0][:40]!r}")
    if missing := sorted({"id", "title" if form == FORMAT else "name"} - set(value)):
        raise Malformed(f"{what} lacks the member {missing[0]!r}")
    return {name: one for name, one in value.items() if name != "format"}


def _said(members: dict[str, Any], what: str) -> dict[str, Any]:
    """The members, every one of which is a text."""
    if strange := sorted(name for name, one in members.items() if not isinstance(one, str)):
        raise Malformed(f"{what}'s {strange[0]} must be a text")
    return members


def _audience_json(one: Audience) -> dict[str, Any]:
    members: dict[str, Any] = {"organisation": one.organisation, "kind": one.kind}
    members |= {"people": sorted(one.people)} if one.people else {}
    members |= {"level": one.level} if one.level is not None else {}
    members |= {"until": instants.text(one.until)} if one.until is not None else {}
    members |= {"briefed": True} if one.briefed else {}
    return members | ({"nationality": sorted(one.nationality)} if one.nationality else {})


def _audience(value: Mapping[str, Any]) -> Audience:
    if not isinstance(value, dict) or set(value) - set(Audience.__dataclass_fields__):
        raise Malformed("an audience has a member we do not know")
    until, briefed = value.get("until"), value.get("briefed", False)
    texts = [value.get(name, "") for name in ("organisation", "kind", "level")]
    if not all(isinstance(one, str) for one in texts) or not isinstance(briefed, bool) or not value.get("organisation"):
        raise Malformed("an audience names its organisation, and says what it says in texts")
    return Audience(
        organisation=value["organisation"],
        kind=value.get("kind", "government"),
        people=_texts(value.get("people", []), "people"),
        level=value.get("level"),
        until=None if until is None else instants.parse(until, "an audience's end"),
        briefed=briefed,
        nationality=_texts(value.get("nationality", []), "nationality"),
    )


def _texts(value: object, name: str) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise Malformed(f"`{name}` must be a list of texts")
    return frozenset(value)
