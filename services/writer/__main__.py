"""``python -m services.writer``: processed batches in, committed rows out. Configured by the environment (LRECL_*)."""

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
