"""YAML as authors write it: every scalar is a string until a schema types it.

`NO` stays a country, `4.10` an article and `12:30` a time. Duplicate keys, anchors, aliases, tags and several
documents in one file are refused: two readers must never see two meanings.
"""

from typing import Any

import yaml

from comity.core.errors import Malformed

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 32


def parse(raw: bytes, what: str = "the document") -> Any:
    """Nested dicts, lists and strings. Raises `Malformed` and nothing else."""
    if len(raw) > MAX_BYTES:
        raise Malformed(f"{what} is too large: {len(raw):,} bytes, at most {MAX_BYTES:,} are read")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"{what} is not valid UTF-8: byte {error.start} cannot be read") from None
    try:
        _check_plain(text, what)
        loader = yaml.BaseLoader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it has a character that cannot stand in it"
        raise Malformed(f"{what} is not YAML: {problem}{where}") from None
    except RecursionError:
        raise Malformed(f"{what} is nested too deeply") from None
    except (ValueError, OverflowError):
        raise Malformed(f"{what} is not YAML: an escape names no character") from None
    if node is None:
        raise Malformed(f"{what} is empty")
    return _value(node, what)


def _check_plain(text: str, what: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise Malformed(f"{what} is nested too deeply")
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            raise Malformed(f"{what} has a directive; write plain values")
        anchored = getattr(event, "anchor", None)
        if anchored or getattr(event, "tag", None):
            use = "an anchor or alias" if anchored else "a tag"
            raise Malformed(f"{what} uses {use}; write plain values")


def _value(node: yaml.Node, what: str) -> Any:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node.value, what, line)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, what) for item in node.value]
    members: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Malformed(f"{what} has a key that is not a text at line {key.start_mark.line + 1}")
        if key.value in members:
            raise Malformed(f"{what}: the key {key.value!r} stands twice, again at line {key.start_mark.line + 1}")
        members[_scalar(key.value, what, line)] = _value(value, what)
    return members


def _scalar(value: str, what: str, line: int) -> str:
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise Malformed(f"{what} has half of a surrogate pair at line {line}, which no text may contain")
    return value
