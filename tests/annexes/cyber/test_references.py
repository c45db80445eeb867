"""Every reference is found, standard or custom, at any depth, and told apart: single, in a list, or a marking."""

import pytest

from comity.annexes.cyber import STIX
from comity.release.kind import Reference
from tests.annexes.cyber.vectors import good, raw


def found(name: str) -> dict[str, tuple[bool, bool]]:
    references = STIX.references(STIX.parse(raw(good()[name])))
    assert all(isinstance(reference, Reference) for reference in references)
    return {reference.role: (reference.single, reference.marking) for reference in references}


SINGLE, LISTED, MARKING = (True, False), (False, False), (False, True)


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("indicator", {"created_by_ref": SINGLE, "object_marking_refs[]": MARKING}),
        ("relationship", {"source_ref": SINGLE, "target_ref": SINGLE}),
        ("sighting", {"sighting_of_ref": SINGLE, "where_sighted_refs[]": LISTED}),
        ("report", {"object_refs[]": LISTED}),
        ("file without a version", {"parent_directory_ref": SINGLE, "object_marking_refs[]": MARKING}),
        ("domain name", {"resolves_to_refs[]": LISTED}),
        ("granular markings", {"object_marking_refs[]": MARKING, "granular_markings[].marking_ref": MARKING}),
        ("custom type and properties", {"x_example_contents[].object_ref": LISTED, "x_example_owner_ref": SINGLE}),
        ("email message", {"from_ref": SINGLE, "to_refs[]": LISTED, "body_multipart[].body_raw_ref": LISTED}),
        ("language content", {"object_ref": SINGLE}),
        ("identity", {}),
    ],
)
def test_roles(name: str, roles: dict[str, tuple[bool, bool]]) -> None:
    assert found(name) == roles


def test_one_role_may_have_many_targets_and_each_counts_once() -> None:
    value = dict(good()["report"])
    value["object_refs"] = [*value["object_refs"], value["object_refs"][0]]
    references = STIX.references(STIX.parse(raw(value)))
    assert [reference.target for reference in references] == good()["report"]["object_refs"]


def test_references_inside_extensions_and_embedded_objects_count() -> None:
    reader = "email-addr--00000024-0000-4000-8000-000000000000"
    service = {
        "windows-service-ext": {"service_name": "s", "service_dll_refs": [good()["file without a version"]["id"]]}
    }
    process = {"type": "process", "id": reader.replace("email-addr", "process"), "pid": 1, "extensions": service}
    (reference,) = STIX.references(STIX.parse(raw(process)))
    assert reference.role == "extensions.windows-service-ext.service_dll_refs[]"
