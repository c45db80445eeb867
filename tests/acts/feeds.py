"""What a public feed serves, and the profile under which it is taken in. All of it fictional."""

from typing import Any

from comity.labels import profile

YAML = b"""
name: open-feed
origin: FEED
licence: CC0-1.0
licence_text: Fictional test data, free for any use.
kinds: [cyber.stix/1]
annex: cyber
purpose: cyber-defence
reading: bundle
public: 'true'
unmarked: {tlp: CLEAR}
asserted_by: intake officer
"""
PROFILE = profile.parse(YAML, "IL")


def indicator(n: int) -> dict[str, Any]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{n:012x}",
        "created": "2027-01-01T00:00:00.000Z",
        "modified": "2027-01-01T00:00:00.000Z",
        "indicator_types": ["malicious-activity"],
        "pattern": "[ipv4-addr:value = '192.0.2.1']",
        "pattern_type": "stix",
        "valid_from": "2027-01-01T00:00:00Z",
    }


def statement(n: int) -> dict[str, Any]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--00000000-0000-4000-8000-{n:012x}",
        "created": "2027-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Fictional."},
    }
