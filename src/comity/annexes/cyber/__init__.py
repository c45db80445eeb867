"""Threat data: STIX 2.1 objects, in bundles or TAXII envelopes."""

from comity.annexes.cyber.intake import STIX, read
from comity.annexes.cyber.markings import PREDEFINED
from comity.release.kind import Annex

ANNEX = Annex("cyber", (STIX,), read)

__all__ = ["ANNEX", "PREDEFINED", "STIX"]
