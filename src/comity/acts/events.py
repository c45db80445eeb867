"""Events of an agreement's life as notices: what a party signs, and what its partner takes."""

from collections.abc import Mapping
from typing import Any

from comity.agreement.cursor import Cursor
from comity.agreement.events import read_events
from comity.core.errors import Malformed
from comity.core.strictjson import Json
from comity.exchange.notice import NoticeKind

EVENT = "agreement-event"


def _event(body: Json) -> Mapping[str, Any]:
    """The event as its kind reads it. Who gives it is the notice's `from`, never written a second time."""
    if "by" in body:
        raise Malformed("an event does not say by whom it is: the notice's signature does")
    (event,) = read_events(Cursor([{**body, "by": "-"}], "the event"), ())
    return {name: value for name, value in event.items() if name != "by"}


KINDS = (NoticeKind(EVENT, _event),)
