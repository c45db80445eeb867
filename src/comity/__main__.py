"""`comity`: the version at once, everything else through the command line."""

import argparse
import sys

from comity import __version__


def main() -> int:
    """The exit code. Rooms are imported only when a command needs them: a version must be quick."""
    if sys.argv[1:] == ["--version"]:
        print(f"comity {__version__}")
        return 0
    if sys.argv[1:2] == ["serve-node"]:
        from comity.app.serve import run_node

        return run_node(*sys.argv[2:])
    if sys.argv[1:2] == ["sandbox-node"]:
        from comity.app.playground import make

        return make(sys.argv[2], sys.stdin.read())
    from comity.cli.commands import run
    from comity.cli.output import Output

    def serve(args: argparse.Namespace, out: Output) -> int:
        from comity.app.supervisor import serve as start

        return start(args, out)

    def demo(args: argparse.Namespace, out: Output) -> int:
        from comity.app.demo import demo as play

        return play(args, out)

    def sandbox(args: argparse.Namespace, out: Output) -> int:
        from comity.app.sandbox import sandbox as try_out

        return try_out(args, out)

    return run(sys.argv[1:], {"serve": serve, "demo": demo, "sandbox": sandbox})


if __name__ == "__main__":
    sys.exit(main())
