"""One stack in containers for all tests of this folder."""

import pytest
from compose_stack import ComposeStack, engine_is_there

from tests.support.requirements import need


@pytest.fixture(scope="session")
def containers(tmp_path_factory):
    """The stack, built and healthy."""
    need(engine_is_there(), "A running Docker engine with Compose")
    with ComposeStack(tmp_path_factory.mktemp("containers")) as stack:
        yield stack
