"""The containers' health probe: exit status 0 when the service answers /readyz with 200, else 1 and why.

Runs every few seconds in every container, hence the standard library only, and little of it.
"""

from __future__ import annotations

import http.client
import os
import sys

TIMEOUT_SECONDS = 4


def probe(port: int) -> str:
    """Why the service on 127.0.0.1:``port`` is not ready; empty when it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"no answer on port {port}: {error!r}"
    finally:
        connection.close()
    return "" if answer.status == http.client.OK else body


def main() -> int:
    """Probe the port that the service was told; what is wrong goes to the container's health log."""
    wrong = probe(int(os.environ["LRECL_HTTP_PORT"]))
    print(wrong or "ready")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
