"""Writes docs/reference/cli.md and errors.md from the code: `python scripts/reference.py`. A test fails when stale."""

from importlib import import_module
from pathlib import Path

import typer.main
from typer.core import TyperGroup

from feeling_manager.cli import COMMANDS, build
from feeling_manager.errors import FeelingError

ROOT = Path(__file__).resolve().parent.parent
ERRORS = ("errors", "music.errors", "music.recommender.errors", "music.youtube", "service.client", "service.errors")
"""Modules whose errors a command can end with."""
HEAD = "<!-- Made by scripts/reference.py: do not edit. -->\n\n"


def cli() -> str:
    """Every command with its arguments and options."""
    lines = [
        HEAD + "# The command `feeling`",
        "",
        "Errors are one sentence and an exit status; see [errors](errors.md).",
    ]
    group = typer.main.get_command(build())
    for name in COMMANDS:
        command = group.commands[name]  # type: ignore[attr-defined]
        lines += _command(f"feeling {name}", command)
    return "\n".join(lines) + "\n"


def _command(path: str, command: object) -> list[str]:
    if isinstance(command, TyperGroup):
        lines = ["", f"## {path}", "", (command.help or "").strip()]
        for name, inner in sorted(command.commands.items()):
            lines += [line.replace("## ", "### ", 1) for line in _command(f"{path} {name}", inner)]
        return lines
    arguments, options = [], []
    for parameter in command.params:  # type: ignore[attr-defined]
        if parameter.param_type_name == "argument":
            arguments.append(parameter.name.upper() + ("..." if parameter.nargs == -1 else ""))
        elif parameter.name != "help":
            names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
            default = parameter.default
            if default is None or default is False or callable(default):
                default = ""
            options.append(f"| {names} | {parameter.help or ''} | {default} |")
    usage = " ".join([path, *arguments, *(["[OPTIONS]"] if options else [])])
    lines = ["", f"## {path}", "", f"`{usage}`", "", " ".join((command.help or "").split())]  # type: ignore[attr-defined]
    if options:
        lines += ["", "| option | | default |", "|---|---|---|", *options]
    return lines


def errors() -> str:
    """Every error of the tree: its code, exit status and meaning."""
    modules = {f"feeling_manager.{name}" for name in ERRORS}
    tree = {kind for kind in command_errors() if kind.__module__ in modules}
    rows = sorted((kind.exit_status, kind.code, " ".join((kind.__doc__ or "").split())) for kind in tree)
    lines = [
        HEAD + "# Errors",
        "",
        "Every error is one sentence that says what to do. In Python they are `feeling_manager.errors.FeelingError`,",
        "with the `code`; a command ends with the exit status. 2 is a mistake in the command line, 70 a fault of ours,",
        "130 a run stopped by Ctrl-C.",
        "",
        "| exit status | code | meaning |",
        "|---|---|---|",
        *(f"| {status} | `{code}` | {meaning} |" for status, code, meaning in rows),
    ]
    return "\n".join(lines) + "\n"


def command_errors() -> set[type[FeelingError]]:
    """Every error that a command can end with. What the service answers with stands in its OpenAPI document."""
    for name in ERRORS:
        import_module(f"feeling_manager.{name}")
    from feeling_manager.service.errors import ServiceError

    return {kind for kind in _tree(FeelingError) if not issubclass(kind, ServiceError)}


def _tree(kind: type[FeelingError]) -> set[type[FeelingError]]:
    return {kind, *(found for child in kind.__subclasses__() for found in _tree(child))}


PAGES = {"docs/reference/cli.md": cli, "docs/reference/errors.md": errors}

if __name__ == "__main__":
    for page, make in PAGES.items():
        (ROOT / page).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / page).write_text(make(), "utf-8")
