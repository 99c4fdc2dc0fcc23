import pytest

from deploy.local.guardian import remaining


@pytest.mark.parametrize(
    ("lines", "left"),
    [([], set()), (["+1\n", "+2\n"], {1, 2}), (["+1\n", "+2\n", "-1\n"], {2}), (["-3\n"], set())],
)
def test_the_groups_not_withdrawn_are_left(lines, left):
    assert remaining(lines) == left
