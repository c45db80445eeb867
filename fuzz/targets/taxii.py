"""What a TAXII client writes: the query, and the path and headers of a request. And what a server answers."""

from comity.annexes.cyber.taxii import authorization, cursor, media, paths, query
from comity.annexes.cyber.taxii.mirror import TaxiiMirror
from comity.annexes.cyber.taxii.query import DEFAULT_LIMIT, Filters
from comity.core.errors import Malformed, Refused, Unreachable
from comity.release.collection import EVERY
from comity.release.subscription import Answer, Progress


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


def answered(raw: bytes) -> None:
    """A status and a time on the first line, a page on the next, read as each kind of page there is."""
    line, _, body = raw.partition(b"\n")
    status, _, time = line.decode("latin-1").partition(" ")
    headers = {"x-taxii-date-added-last": time, "retry-after": time} if time else {}
    answer = Answer(int(status) if status.isascii() and status.isdigit() and len(status) < 4 else 200, headers, body)
    mirror, standing = TaxiiMirror(), Progress(since="2027-03-02T09:00:00Z", passed=1, next="x")
    faults: list[Malformed] = []
    for read in (
        lambda: mirror.read(standing, answer),
        lambda: mirror.read_list(answer),
        lambda: mirror.read_for(answer),
    ):
        try:
            read()
        except (Refused, Unreachable):
            continue
        except Malformed as error:
            faults.append(error)
    if len(faults) == 3:
        raise faults[0]


CHECKS = {"taxii-query": asked, "taxii-head": head, "taxii-page": answered}
