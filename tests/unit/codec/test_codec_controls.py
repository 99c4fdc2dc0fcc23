"""Control characters in text: kept, replaced by spaces, or removed, in every form of code page."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.codec import Controls, Decoder, FieldSpec, Kind, Null, Trim
from shared.errors import JobError
from tests.unit.codec import oracle


def decoded(raws: list[bytes], controls: str, page: str = "cp037", trim: str = "right") -> list[object]:
    spec = FieldSpec("T", Kind.TEXT, 0, len(raws[0]), code_page=page, trim=Trim(trim), controls=Controls(controls))
    (column,) = Decoder([spec], spec.length).decode(oracle.batch(raws, 0, spec.length))
    return oracle.texts(column)


@pytest.mark.parametrize(("controls", "text"), [("keep", "\0A\0B \x01\0"), ("space", " A B"), ("drop", "AB")])
@pytest.mark.parametrize("page", ["cp037", "latin-1", "utf-8", "utf-16-be", "cp930"])
def test_controls_in_every_form_of_page(page: str, controls: str, text: str) -> None:
    raw = "\0A\0B \x01\0".encode("cp037" if page == "cp930" else page)
    assert decoded([raw, raw], controls, page) == [text, text]


@given(
    raws=st.lists(st.binary(min_size=6, max_size=6), min_size=1, max_size=5),
    page=st.sampled_from(["cp037", "cp500", "latin-1", "cp1140"]),
    trim=st.sampled_from(["none", "right", "both"]),
    controls=st.sampled_from(["space", "drop"]),
)
def test_controls_are_those_of_unicode(raws: list[bytes], page: str, trim: str, controls: str) -> None:
    instead = " " if controls == "space" else ""
    strip = {"none": lambda text: text, "right": lambda text: text.rstrip(" "), "both": lambda text: text.strip(" ")}
    texts = ["".join(instead if category(char) == "Cc" else char for char in raw.decode(page)) for raw in raws]
    assert decoded(raws, controls, page, trim) == [strip[trim](text) for text in texts]


def test_low_values_are_null_before_they_are_spaces() -> None:
    spec = FieldSpec("T", Kind.TEXT, 0, 2, controls=Controls.SPACE, null_when=(Null.LOW_VALUES,))
    (column,) = Decoder([spec], 2).decode(oracle.batch([b"\0\0", b"\0\xc1"], 0, 2))
    assert column.null is not None
    assert column.null.tolist() == [True, False]
    assert oracle.texts(column)[1] == " A"


def test_only_text_has_controls() -> None:
    with pytest.raises(JobError) as caught:
        FieldSpec("N", Kind.DISPLAY, 0, 2, digits=2, controls=Controls.SPACE)
    assert caught.value.code == "LRD906"


def test_the_policy_is_in_the_dictionary() -> None:
    spec = FieldSpec("T", Kind.TEXT, 0, 2, controls=Controls.DROP)
    assert FieldSpec.from_dict(spec.to_dict()) == spec
