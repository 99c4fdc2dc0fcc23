"""A broker that does not take what is published, for a while, as lrecl's services see it."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import LreclError
from shared.messaging.publisher import Publisher


def refuse(monkeypatch: pytest.MonkeyPatch, queue: str, *errors: LreclError) -> None:
    """The first publishes into ``queue``, of whatever publisher, raise ``errors``; later ones work."""
    publish, left = Publisher.publish, list(errors)

    def refusing(publisher: Publisher, name: str, body: bytes, **options: Any) -> float:
        if name == queue and left:
            raise left.pop(0)
        return publish(publisher, name, body, **options)

    monkeypatch.setattr(Publisher, "publish", refusing)
