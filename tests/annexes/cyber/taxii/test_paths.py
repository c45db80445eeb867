"""The endpoints of section 3.1, each at one path with a slash at its end; everything else is nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.annexes.cyber.taxii import paths
from comity.annexes.cyber.taxii.paths import Endpoint, Route

ID = "indicator--6f1f1e9a-58a5-4d53-9d5a-0d4a3c2b1a00"
C = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
THERE = {
    "/taxii2/": Route(Endpoint.DISCOVERY),
    "/taxii2/api/": Route(Endpoint.ROOT),
    f"/taxii2/api/status/{C}/": Route(Endpoint.STATUS, C),
    "/taxii2/api/collections/": Route(Endpoint.COLLECTIONS),
    f"/taxii2/api/collections/{C}/": Route(Endpoint.COLLECTION, C),
    "/taxii2/api/collections/critical-high-value-indicators/": Route(
        Endpoint.COLLECTION, "critical-high-value-indicators"
    ),
    f"/taxii2/api/collections/{C}/manifest/": Route(Endpoint.MANIFEST, C),
    f"/taxii2/api/collections/{C}/objects/": Route(Endpoint.OBJECTS, C),
    f"/taxii2/api/collections/{C}/objects/{ID}/": Route(Endpoint.OBJECT, C, ID),
    f"/taxii2/api/collections/{C}/objects/{ID}/versions/": Route(Endpoint.VERSIONS, C, ID),
}
NOWHERE = (
    "/taxii2", "/taxii2/api", "/taxii2//", "/taxii/", "/taxii2/api/collections", f"/taxii2/api/collections/{C}",
    f"/taxii2/api/collections/{C}/objects", f"/taxii2/api/collections/{C}/objects/{ID}", "/taxii2/api/status/",
    f"/taxii2/api/collections/{C}/objects/{ID}/versions", f"/taxii2/api/collections/{C}/objects//",
    f"/taxii2/api/collections/{C}/manifest/x/", f"/taxii2/api/collections/{C}/other/", "/taxii2/api/collections//",
    f"/taxii2/api/status/{C}", f"/taxii2/api/status/{C}/x/", "/taxii2/other/", "/taxii2/api/channels/", "/TAXII2/",
    f"/taxii2/api/collections/{C}/objects/{ID}/version/", f"/taxii2/api/collections/{C}/objects/a b/",
    f"/taxii2/api/collections/{'c' * 251}/", f"/taxii2/api/collections/{C}/objects/{'o' * 301}/", "", "/",
    f"/taxii2/api/collections/{C}/\n",
)  # fmt: skip


@pytest.mark.parametrize("path", THERE)
def test_an_endpoint_stands_at_its_path(path: str) -> None:
    assert paths.parse(path) == THERE[path]


@pytest.mark.parametrize("path", NOWHERE)
def test_there_is_nothing_beside_them(path: str) -> None:
    assert paths.parse(path) is None


def test_each_endpoint_lists_the_methods_of_the_standard() -> None:
    assert {endpoint: list(endpoint.methods) for endpoint in Endpoint} == {
        **{endpoint: ["GET"] for endpoint in Endpoint},
        Endpoint.OBJECTS: ["GET", "POST"],
        Endpoint.OBJECT: ["GET", "DELETE"],
    }
    assert Route(Endpoint.OBJECT).allow == "GET, DELETE, HEAD, OPTIONS"


@given(
    st.lists(st.sampled_from(["", "taxii2", "api", "collections", "objects", "manifest", "versions", "status", C, ID]))
)
def test_a_path_names_at_most_what_stands_in_it(steps: list[str]) -> None:
    route = paths.parse("/" + "/".join(steps))
    if route is not None:
        assert steps[-1] == ""
        assert {route.name, route.object_id} <= {"", *steps}
