"""``python -m services.processor``: raw batches in, processed batches out. Configured by the environment (LRECL_*).

The imports are inside ``main``: a spawned pool child imports this module again, and must not import the broker client.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the processor until SIGTERM."""
    from services.processor.settings import ProcessorSettings
    from services.processor.worker import Processor
    from shared.messaging.settings import BrokerSettings
    from shared.runtime.service import run

    settings = ProcessorSettings()
    return run("processor", settings, lambda: Processor(settings, BrokerSettings()))


if __name__ == "__main__":
    sys.exit(main())
