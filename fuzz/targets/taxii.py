"""What a TAXII client writes: the query, and the path and headers of a request."""

from comity.annexes.cyber.taxii import authorization, cursor, media, paths, query
from comity.annexes.cyber.taxii.query import DEFAULT_LIMIT, Filters
from comity.core.errors import Malformed
from comity.release.collection import EVERY


def asked(raw: bytes) -> None:
    """A query, to each kind of endpoint."""
    faults: list[Malformed] = []
    for filters in Filters:
        try:
            wanted = query.parse(raw, filters)
        except Malformed as error:
            faults.append(error)
            continue
        assert 1 <= wanted.limit <= DEFAULT_LIMIT
        assert wanted.after == 0 or cursor.parse(cursor.token(wanted.after)) == wanted.after
        assert wanted.versions
        assert EVERY not in wanted.versions or len(wanted.versions) == 1
        assert all(map(query.is_id, wanted.ids))
    if len(faults) == len(Filters):
        raise faults[0]


def head(raw: bytes) -> None:
    """A path, Accept, Content-Type and Authorization, each on its line."""
    path, accept, content_type, shown = [*raw.decode("latin-1").split("\n", 3), "", "", "", ""][:4]
    route = paths.parse(path)
    if route is not None:
        assert path.endswith("/")
        assert "/" not in route.name + route.object_id
    media.acceptable.cache_clear()
    media.is_taxii.cache_clear()
    media.acceptable(accept)
    media.is_taxii(content_type)
    authorization.parse(shown)


CHECKS = {"taxii-query": asked, "taxii-head": head}
