"""The endpoints and their paths (section 3.1). Each ends in a slash; there is one API root."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from comity.annexes.cyber.taxii.query import Filters

DISCOVERY = "/taxii2/"
ROOT = "/taxii2/api/"


class Endpoint(Enum):
    """Value: its methods, each with the query parameters it takes."""

    DISCOVERY = ("discovery", {"GET": Filters.NONE})
    ROOT = ("root", {"GET": Filters.NONE})
    STATUS = ("status", {"GET": Filters.NONE})
    COLLECTIONS = ("collections", {"GET": Filters.NONE})
    COLLECTION = ("collection", {"GET": Filters.NONE})
    MANIFEST = ("manifest", {"GET": Filters.READ})
    OBJECTS = ("objects", {"GET": Filters.READ, "POST": Filters.NONE})
    OBJECT = ("object", {"GET": Filters.OBJECT, "DELETE": Filters.DELETE})
    VERSIONS = ("versions", {"GET": Filters.VERSIONS})

    @property
    def methods(self) -> Mapping[str, Filters]:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint, and what its path names: a collection or a status by `name`, an object by `object_id`."""

    endpoint: Endpoint
    name: str = ""
    object_id: str = ""

    @property
    def allow(self) -> str:
        """The methods, as the Allow header lists them."""
        methods = self.endpoint.methods
        return ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])


_PLAIN = {
    DISCOVERY: Route(Endpoint.DISCOVERY),
    ROOT: Route(Endpoint.ROOT),
    f"{ROOT}collections/": Route(Endpoint.COLLECTIONS),
}
_NAME = r"[A-Za-z0-9._~-]{1,250}"
_STATUS = re.compile(rf"{ROOT}status/({_NAME})/")
_UNDER = re.compile(
    rf"{ROOT}collections/({_NAME})/(?:(manifest)/|(objects)/(?:([A-Za-z0-9._~-]{{1,300}})/(versions/)?)?)?"
)


def parse(path: str) -> Route | None:
    """What stands at `path`; `None` where nothing does."""
    if path in _PLAIN:
        return _PLAIN[path]
    match = _UNDER.fullmatch(path)
    if match is None:
        status = _STATUS.fullmatch(path)
        return None if status is None else Route(Endpoint.STATUS, status[1])
    name, manifest, objects, object_id, versions = match.groups()
    if manifest:
        return Route(Endpoint.MANIFEST, name)
    if not objects:
        return Route(Endpoint.COLLECTION, name)
    if object_id is None:
        return Route(Endpoint.OBJECTS, name)
    return Route(Endpoint.VERSIONS if versions else Endpoint.OBJECT, name, object_id)
