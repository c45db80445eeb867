"""What the vendored schemas say is known: types, properties, instants; and nothing passes unmeasured."""

from comity.annexes.cyber import schema


def test_the_types_of_stix_2_1_are_known() -> None:
    assert {"indicator", "malware", "relationship", "sighting", "marking-definition", "file"} <= schema.types()
    assert not {"bundle", "core", "identifier", "timestamp", "x-mitre-tactic"} & schema.types()


def test_properties_are_gathered_through_all_that_a_schema_includes() -> None:
    assert {"id", "created", "pattern", "valid_until", "granular_markings"} <= schema.properties("indicator")
    assert {"hashes", "parent_directory_ref", "defanged", "extensions"} <= schema.properties("file")
    assert {"definition", "definition_type", "name", "created_by_ref"} <= schema.properties("marking-definition")
    assert "pattern" not in schema.properties("malware")


def test_instants_are_known_at_any_depth() -> None:
    assert {"created", "modified", "valid_from", "first_seen", "ctime", "validity_not_before"} <= schema.timestamps()


def test_a_type_the_standard_does_not_define_is_measured_never_skipped() -> None:
    assert schema.faults({"type": "x-anything", "id": "x-anything--1"}, "x-anything")
