"""Runs Derby and the gateway together: ``python -m deploy.derby --home /var/lib/derby --password-file …``."""

from __future__ import annotations

import argparse
import logging
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from deploy.derby.gateway.__main__ import address
from deploy.derby.gateway.server import Address, Gateway
from deploy.derby.server import JARS, DerbyError, DerbyServer, DerbySettings
from shared.errors import LreclError

LOG = logging.getLogger("lrecl.derby")
_POLL = 0.5


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.derby", description="A database for lrecl without Db2: Apache Derby behind the gateway."
    )
    listen = Address("127.0.0.1", 50000)
    parser.add_argument(
        "--listen",
        type=address,
        default=listen,
        metavar="HOST:PORT",
        help="where the driver connects (default %(default)s)",
    )
    parser.add_argument("--home", type=Path, required=True, help="folder of the database and its logs")
    parser.add_argument("--database", default="LRECL", help="name in upper case (default %(default)s)")
    parser.add_argument("--user", default="lrecl", help="the only user (default %(default)s)")
    parser.add_argument("--password-file", type=Path, required=True, help="file whose first line is the password")
    parser.add_argument("--derby-port", type=int, default=0, help="port of Derby itself (default: a free one)")
    parser.add_argument("--jars", type=Path, default=JARS, help="folder of Derby's jars (default %(default)s)")
    parser.add_argument("--verbose", action="store_true", help="log each command and reply of the gateway")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both until SIGTERM or SIGINT. Returns 0 after a signal, and 2 when one of them failed or ended by itself."""
    options = _parser().parse_args(arguments)
    level = logging.DEBUG if options.verbose else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop_requested = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop_requested.set())
    try:
        _run(options, stop_requested)
    except (LreclError, OSError) as error:
        LOG.error("%s", error)
        return LreclError.exit_code
    return 0


def _run(options: argparse.Namespace, stop_requested: threading.Event) -> None:
    settings = DerbySettings(
        home=options.home.resolve(),
        port=options.derby_port or _free_port(),
        database=options.database,
        user=options.user,
        password=_password(options.password_file),
        jars=options.jars,
    )
    with DerbyServer(settings) as derby:
        gateway = Gateway(options.listen, Address("127.0.0.1", settings.port))
        serving = threading.Thread(target=gateway.serve)
        serving.start()
        try:
            _watch(derby, serving, stop_requested)
        finally:
            gateway.stop()
            serving.join()


def _watch(derby: DerbyServer, serving: threading.Thread, stop_requested: threading.Event) -> None:
    while not stop_requested.wait(_POLL):
        for what, alive in (("Derby", derby.alive()), ("The gateway", serving.is_alive())):
            if not alive:
                remedy = f"See {derby.log}."
                raise DerbyError("LRG105", f"{what} ended by itself.", remedy=remedy, log=str(derby.log))


def _password(path: Path) -> str:
    return path.read_text("utf-8").partition("\n")[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
