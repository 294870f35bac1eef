"""The command `feeling`, also as `python -m feeling_manager`."""

import sys


def main() -> None:
    """Runs the command. Ctrl-C leaves no traceback, whenever it comes: also during imports and at the end."""
    try:
        # whatever is imported is imported in here
        import signal

        from feeling_manager import cli

        try:
            cli.main()
        finally:
            # all is done but what the interpreter does on leaving
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        sys.stderr.write("feeling: Stopped.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
