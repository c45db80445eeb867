"""Our own words in an error, without the values that stood in them: what logs and strangers may read.

An error's message may quote the bytes it is about. Its sentence is read from the line that raised it, with `…` for
every value, so that nothing anybody sent or wrote can be in it.
"""

import ast
import linecache
from functools import lru_cache

GAP = "…"
LONGEST = 200


def sentence(error: BaseException) -> str | None:
    """The sentence written where `error` was raised; `None` where none of ours is written there."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None or str(step.tb_frame.f_globals.get("__name__", "")).partition(".")[0] != "comity":
        return None
    return _written(step.tb_frame.f_code.co_filename, step.tb_lineno)


@lru_cache(maxsize=512)
def _written(file: str, line: int) -> str | None:
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Raise) and node.lineno <= line <= (node.end_lineno or node.lineno):
            call = node.exc
            words = _words(call.args[0]) if isinstance(call, ast.Call) and call.args else None
            return None if words is None else words[:LONGEST]
    return None


@lru_cache(maxsize=64)
def _tree(file: str) -> ast.Module:
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return ast.Module([], [])


def _words(node: ast.expr) -> str | None:
    """The constant parts; `None` for what is no text written there."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
    return None
