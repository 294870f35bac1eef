"""The command `feeling`: one file a command, imported only when it is asked for, so that each starts quickly."""

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.main

from feeling_manager import __version__
from feeling_manager.errors import FeelingError, MissingDependencyError, UsageError

COMMANDS = (
    "recognize",
    "analyze",
    "live",
    "report",
    "models",
    "doctor",
    "demo",
    "preprocess",
    "pretrain",
    "train",
    "evaluate",
    "export",
    "serve",
    "db",
    "user",
    "login",
    "catalog",
    "recommend",
)
"""In the order of `feeling --help`. Each is a module here that holds a function of that name, or a Typer `app`."""

_CommandLineError: type[Exception] = typer.BadParameter.mro()[1]
"""What Typer raises for a command line that does not fit; it has no public name."""
UNEXPECTED = 70
"""Exit status of an error that is ours, not the user's (EX_SOFTWARE of sysexits.h)."""


def build(commands: tuple[str, ...] = COMMANDS) -> typer.Typer:
    """The Typer application with these commands."""
    app = typer.Typer(name="feeling", help="Reads emotions from faces and plays the right song.", no_args_is_help=True)

    @app.callback(invoke_without_command=True)
    def feeling(
        version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    ) -> None:
        if version:
            typer.echo(f"feeling-manager {__version__}")
            raise typer.Exit

    for name in commands:
        module = import_module(f"feeling_manager.cli.{name}")
        if group := getattr(module, "app", None):
            app.add_typer(group, name=name)
        else:
            app.command(name, context_settings=_context(getattr(module, "ALIASES", {})))(getattr(module, name))
    return app


def _context(aliases: dict[str, str]) -> dict[str, Any]:
    """Settings of a command whose options also answer to the names that they had before."""
    return {"token_normalize_func": lambda word: aliases.get(word, word)} if aliases else {}


def main() -> None:
    """Run the command of sys.argv: errors are one sentence on stderr and an exit status, never a traceback.

    Set FEELING_DEBUG=1 to see the traceback.
    """
    # Typer brings pydantic, which would search every installed package for plugins
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    asked = next((word for word in sys.argv[1:2] if word in COMMANDS), None)
    try:
        command = typer.main.get_command(build((asked,) if asked else COMMANDS))
        sys.exit(command.main(standalone_mode=False) or 0)
    except _CommandLineError as error:
        if not str(error):
            # the help was printed
            sys.exit(UsageError.exit_status)
        _give_up(error, _said(error), UsageError.exit_status)
    except typer.Abort as error:
        _give_up(error, "Stopped.", 130)
    except FeelingError as error:
        _give_up(error, str(error), error.exit_status)
    except KeyboardInterrupt as error:
        _give_up(error, "Stopped.", 130)
    except BrokenPipeError:
        # whoever read our output has enough; keep the interpreter from complaining when it flushes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except ImportError as error:
        _give_up(error, _missing(error), MissingDependencyError.exit_status)
    except Exception as error:
        _give_up(
            error,
            f"This should not have happened ({type(error).__name__}: {error}). Run it again with FEELING_DEBUG=1 "
            "and report what it prints.",
            UNEXPECTED,
        )


def _said(error: Any) -> str:
    """What a command line lacks, as one sentence with the way to its help."""
    words = error.format_message().strip().rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path.replace("__main__.py", "feeling") if context else "feeling"
    return f"{words}; see `{command} --help`."


def _missing(error: ImportError) -> str:
    """What to install for a module or a library of the system that is not there."""
    if "libGL" in str(error):
        return (
            "OpenCV needs libGL, which this machine lacks: install the package libgl1 (Debian, Ubuntu) or mesa-libGL."
        )
    return f"A part is not installed ({error}): pip install it, or see `feeling doctor`."


def _give_up(error: BaseException, sentence: str, status: int) -> None:
    if os.environ.get("FEELING_DEBUG"):
        raise error
    typer.echo(f"feeling: {sentence}", err=True)
    sys.exit(status)
