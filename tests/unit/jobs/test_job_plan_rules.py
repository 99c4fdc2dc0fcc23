"""Rules that do not suit their field are refused when the job is compiled."""

import pytest

from shared.codec import FieldSpec, Kind
from shared.errors import JobError
from shared.jobs.model import RuleSpec
from shared.jobs.plan_rules import compile_rule

RATE = FieldSpec("RATE", Kind.FLOAT, 0, 8)


@pytest.mark.parametrize(("rule", "code"), [({"in_list": ["1.5"]}, "LRJ045"), ({"range": {"min": 1}}, "LRJ041")])
def test_a_floating_point_number_is_compared_with_nothing(rule: dict[str, object], code: str) -> None:
    with pytest.raises(JobError) as caught:
        compile_rule(RuleSpec.model_validate({"field": "RATE", **rule}), RATE)
    assert caught.value.code == code
