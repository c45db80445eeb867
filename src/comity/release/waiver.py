"""What a release from duty lets go of: everything, what one article asks, things of one kind, one thing, one duty."""

import re
from dataclasses import dataclass

from comity.agreement.article import covers
from comity.core.errors import Malformed
from comity.release.decision import bare
from comity.release.standing import covers_kind

_NAME = re.compile(r"[0-9a-f]{32}(?:[0-9a-f]{32})?")
_KIND = re.compile(r"[a-z]+\.(?:\*|[a-z0-9/-]+)")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One of these is set, or none: then it is everything. `name`: a duty, a handle, or what a duty is about."""

    article: str | None = None
    kind: str | None = None
    name: str | None = None

    @property
    def everything(self) -> bool:
        return self == Waiver()

    def of_article(self, cite: str) -> bool:
        """Whether what this citation's article asks is let go of as a whole."""
        return self.article is not None and covers(self.article, bare(cite))

    def of_thing(self, handle: str, kind: str) -> bool:
        """Whether what is owed for this one thing is let go of."""
        return handle == self.name or (self.kind is not None and covers_kind(self.kind, kind))


def read(scope: str | None) -> Waiver:
    """A waiver as an event writes it: `all`, `article:7(8)`, `kind:cyber.*`, or a name. Raises `Malformed`."""
    if scope in (None, "all"):
        return Waiver()
    word, _, rest = str(scope).partition(":")
    if word == "article" and rest.strip():
        return Waiver(article=rest)
    if word == "kind" and _KIND.fullmatch(rest):
        return Waiver(kind=rest)
    if _NAME.fullmatch(str(scope)):
        return Waiver(name=str(scope))
    raise Malformed(
        f"nothing is let go of by {str(scope)[:60]!r}", "all, article:7(8), kind:cyber.*, a handle or the id of a duty"
    )
