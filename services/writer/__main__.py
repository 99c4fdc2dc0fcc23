"""``python -m services.writer``: writes processed batches to the database. Settings are read from the environment."""

from __future__ import annotations

import sys

from services.writer.settings import WriterSettings
from services.writer.worker import Writer
from shared.messaging.settings import BrokerSettings
from shared.runtime.service import run


def main() -> int:
    """Run the writer until SIGTERM."""
    settings = WriterSettings()
    return run("writer", settings, lambda: Writer(settings, BrokerSettings()))


if __name__ == "__main__":
    sys.exit(main())
