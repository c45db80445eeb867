"""In whose name a command acts: `--by`, else the account that runs it. The house ledger keeps it."""

import argparse
import os
import pwd
import re

from comity.core.errors import Refused
from comity.records import Principal

_NAME = re.compile(r"[^\s:]{1,64}")


def principal(args: argparse.Namespace) -> Principal:
    """A person. Raises `Refused` for anybody else: a person at a keyboard does not act as a node."""
    if args.by is None:
        return Principal(f"person:{_account()}")
    return Principal(person(args.by, "--by "))


def person(text: str, option: str = "") -> str:
    """The id of the person that a command names, with or without `person:`. Raises `Refused`."""
    name = text.removeprefix("person:")
    if not _NAME.fullmatch(name):
        raise Refused(f"{text[:80]!r} does not name a person", f"{option}dana, or {option}person:dana")
    return f"person:{name}"


def _account() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid-{os.geteuid()}"
