"""`comity`: the version at once, everything else through the command line."""

import sys

from comity import __version__


def main() -> int:
    """The exit code. The command line is imported only when it is needed: a version must be quick."""
    if sys.argv[1:] == ["--version"]:
        print(f"comity {__version__}")
        return 0
    from comity.app.demo import demo
    from comity.app.serve import run_node, serve
    from comity.cli.commands import run

    if sys.argv[1:2] == ["serve-node"]:
        return run_node(sys.argv[2])
    return run(sys.argv[1:], {"serve": serve, "demo": demo})


if __name__ == "__main__":
    sys.exit(main())
