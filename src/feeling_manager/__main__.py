"""The command `feeling`, also as `python -m feeling_manager`."""

import signal
import sys


def main() -> None:
    """Runs the command. Ctrl-C leaves no traceback, whenever it comes: also during imports and at the end."""
    try:
        from feeling_manager import cli

        cli.main()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stderr.write("feeling: Stopped.\n")
        sys.exit(130)
    finally:
        # all is done but what the interpreter does on leaving
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
