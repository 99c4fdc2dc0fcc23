"""Command line of the gateway: ``python -m deploy.derby.gateway --listen 127.0.0.1:50000 --derby 127.0.0.1:1527``."""

from __future__ import annotations

import argparse
import logging
import signal
from collections.abc import Sequence

from deploy.derby.gateway.server import Address, Gateway


def address(text: str) -> Address:
    """The address in ``HOST:PORT``. Raises argparse.ArgumentTypeError for anything else."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 0xFFFF:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return Address(host.strip("[]"), int(port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.derby.gateway",
        description="Lets IBM's Db2 driver work with an Apache Derby Network Server.",
    )
    parser.add_argument(
        "--listen",
        type=address,
        default=Address("127.0.0.1", 50000),
        metavar="HOST:PORT",
        help="where the driver connects (default %(default)s)",
    )
    parser.add_argument(
        "--derby",
        type=address,
        default=Address("127.0.0.1", 1527),
        metavar="HOST:PORT",
        help="where Derby listens (default %(default)s)",
    )
    parser.add_argument("--verbose", action="store_true", help="log each command and reply")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code 0."""
    options = _parser().parse_args(arguments)
    level = logging.DEBUG if options.verbose else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    gateway = Gateway(options.listen, options.derby)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: gateway.stop())
    gateway.serve()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
