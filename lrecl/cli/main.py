"""``lrecl``: all commands, in the groups that --help shows."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import Annotated, Final

import typer

from lrecl.cli import dlq, jobs, operations, runs
from lrecl.cli.decode import decode
from lrecl.cli.encode import encode
from lrecl.cli.errors import Commands, ExitCode
from lrecl.cli.inspect import inspect
from lrecl.cli.layout import layout
from lrecl.cli.rejects import rejects

EXIT_CODES: Final = """Exit codes:
  0   Done. With --wait: the run completed.
  1   The run completed with rejects. decode and encode: records or rows were
      left out. dlq: no dead letter matched, or some are left.
  2   The run failed, was cancelled or was refused; or the request could not
      be carried out.
  3   Internal error of lrecl.
  4   With --wait: the run waits for somebody and is not merged. The message
      names the next command.
  130 Interrupted with Ctrl-C. A run goes on."""

_WAIT_CODES: Final = """Exit codes with --wait: 0 completed, 1 completed with rejects,
2 failed, cancelled or refused, 4 waits for somebody."""

_LOAD, _LOOK, _OPERATE, _FILES = "Load", "Look", "Operate", "Files (without broker and database)"

app = typer.Typer(
    name="lrecl",
    cls=Commands,
    help="Load mainframe files into Db2, in parallel, exactly once, with proof.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"lrecl {installed_version('lrecl')}")
        raise typer.Exit(ExitCode.DONE)


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """The options of ``lrecl`` itself; the help text is the application's."""


app.command(rich_help_panel=_LOAD, epilog=_WAIT_CODES)(runs.run)
for look in (runs.runs, runs.show, runs.report, rejects):
    app.command(rich_help_panel=_LOOK)(look)
app.command(rich_help_panel=_OPERATE)(operations.cancel)
for restart in (operations.resume, operations.retry):
    app.command(rich_help_panel=_OPERATE, epilog=_WAIT_CODES)(restart)
app.command(rich_help_panel=_OPERATE)(operations.purge)
app.add_typer(dlq.app, name="dlq", rich_help_panel=_OPERATE)
for work in (inspect, layout, jobs.ddl, decode, encode, jobs.generate):
    app.command(rich_help_panel=_FILES)(work)


def main() -> None:
    """The console script."""
    app()
