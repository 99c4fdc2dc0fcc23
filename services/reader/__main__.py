"""``python -m services.reader``: read commands in, raw batches out. Configured by the environment (LRECL_*)."""

from __future__ import annotations

import sys

from services.reader.settings import ReaderSettings
from services.reader.worker import Reader
from shared.messaging.settings import BrokerSettings
from shared.runtime.service import run


def main() -> int:
    """Run the reader until SIGTERM."""
    settings = ReaderSettings()
    return run("reader", settings, lambda: Reader(settings, BrokerSettings()))


if __name__ == "__main__":
    sys.exit(main())
