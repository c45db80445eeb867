"""In which language a command speaks: `--lang`, else the node's own setting."""

import argparse

from comity.cli.parser import Parser


def add(parser: Parser) -> None:
    parser.add_argument(
        "--lang", metavar="TAG", help="the language of words on the screen (default: the node's setting)"
    )


def asked(args: argparse.Namespace) -> str:
    """The tag asked for."""
    from comity import settings

    return args.lang if args.lang is not None else settings.read(args.data).language


def note(tag: str) -> str | None:
    """What is said where there is no table of the language asked for."""
    from comity.release.language import sentences

    table = sentences(tag)
    own = tag.lower().split("-")[0] == table.language
    return None if own else table.say("fallback", asked=tag)
