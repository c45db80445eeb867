"""The one module that calls `misp-stix`: an event into STIX objects, STIX objects into an event. It knows no label.

The library takes seconds to load and is an extra that not every node has installed: it is loaded when first needed.
"""

import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from comity.core import strictjson
from comity.core.errors import Absent, Malformed, Refused

_BUNDLE = "bundle--0c4a3b5e-6f0d-5d8e-9a55-2f6f8f0e7c11"


def objects_of(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The STIX objects of one event, in one order. Raises `Malformed` where not all of it can be carried."""
    with _quiet():
        from misp_stix_converter import MISPtoSTIX21Parser

        parser = MISPtoSTIX21Parser()
        try:
            parser.parse_misp_event({"Event": event})
            found = [strictjson.parse(one.serialize().encode(), "a converted object") for one in parser.stix_objects]
        except Exception as error:  # whatever it meets in what somebody else wrote
            raise Malformed(f"the MISP event cannot be converted: {type(error).__name__}") from None
    if parser.errors:
        [words, *_] = next(iter(parser.errors.values()))
        raise Malformed(f"the MISP event cannot be converted whole: {str(words)[:200]}")
    return found


def event_of(objects: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The event that these STIX objects make. Raises `Refused` where MISP has no place for one of them."""
    with _quiet():
        import stix2
        from misp_stix_converter import ExternalSTIX2toMISPParser

        parser = ExternalSTIX2toMISPParser()
        try:
            parser.load_stix_bundle(
                stix2.parse({"type": "bundle", "id": _BUNDLE, "objects": [*objects]}, allow_custom=True)
            )
            parser.parse_stix_bundle(single_event=True)
            event: dict[str, Any] = strictjson.parse(parser.misp_event.to_json().encode(), "a converted event")
        except Exception as error:  # whatever it meets
            raise Refused(f"it cannot be converted: {type(error).__name__}") from None
    if parser.errors:
        raise Refused(f"MISP has no place for a {objects[0]['type']}")
    return event


@contextmanager
def _quiet() -> Iterator[None]:
    """What the library does to its process when it is loaded stays without effect: it warns of its own code, and one of
    its packages hooks itself into every import in a way that Python gave up in 3.12."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
            sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
        except ImportError:
            raise Absent(
                "MISP cannot be read or written: misp-stix is not installed", "pip install 'comity[misp]'"
            ) from None
