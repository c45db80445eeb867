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
    loader = yaml.BaseLoader(text)
    try:
        _check_plain(text, what)
        node = loader.get_single_node()
        if node is None:
            raise Malformed(f"{what} is empty")
        return _value(node, what, 0)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise Malformed(f"{what} is not YAML: {problem}{where}") from None
    except RecursionError:
        raise Malformed(f"{what} is nested too deeply") from None
    finally:
        loader.dispose()


def _check_plain(text: str, what: str) -> None:
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        anchored = getattr(event, "anchor", None)
        if anchored or getattr(event, "tag", None):
            use = "an anchor or alias" if anchored else "a tag"
            raise Malformed(f"{what} uses {use}; write plain values")


def _value(node: yaml.Node, what: str, depth: int) -> Any:
    line = node.start_mark.line + 1
    if depth > MAX_DEPTH:
        raise Malformed(f"{what} is nested too deeply at line {line}")
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, what, depth + 1) for item in node.value]
    members: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Malformed(f"{what} has a key that is not a text at line {key.start_mark.line + 1}")
        if key.value in members:
            raise Malformed(f"{what}: the key {key.value!r} stands twice, again at line {key.start_mark.line + 1}")
        members[key.value] = _value(value, what, depth + 1)
    return members
