"""``lrecl``: the operator's command. Exit codes: 0 completed, 1 with rejects or partial, 2 failed, 3 internal error."""

from __future__ import annotations

import sys
import traceback

import typer
from rich.console import Console
from rich.markup import escape

from lrecl.cli import dlq, lifecycle, offline, online
from lrecl.cli.ddl import ddl
from lrecl.cli.decode import decode
from lrecl.cli.encode import encode
from lrecl.cli.inspect import inspect
from lrecl.cli.rejects import rejects
from shared.errors import LreclError

app = typer.Typer(
    name="lrecl",
    help="Load mainframe files into Db2, in parallel, exactly once, with proof.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    online.run,
    online.runs,
    online.show,
    online.report,
    offline.layout,
    decode,
    encode,
    inspect,
    ddl,
    rejects,
):
    app.command()(command)
for change in (lifecycle.cancel, lifecycle.resume, lifecycle.retry, lifecycle.purge):
    app.command()(change)
app.command(name="generate")(offline.generate_sample)
app.add_typer(dlq.app, name="dlq")


def main() -> None:
    """The console script."""
    try:
        app()
    except LreclError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]{error.code}[/] {escape(error.message)}")
        if error.remedy:
            Console(stderr=True, soft_wrap=True).print(f"  {escape(error.remedy)}")
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output, such as head, has had enough
        sys.stderr.close()
        sys.exit(0)
    except Exception:
        traceback.print_exc()
        sys.exit(3)
