"""COPY and its variants: members only from the given folders, REPLACING, embedded SQL."""

import time

import pytest

from shared.copybook import lay_out, parse_copybook
from shared.errors import CopybookError


def layout(text, *roots, **options):
    return lay_out(parse_copybook(text, reference_format="free", copy_roots=roots, **options))


def failure(text, *roots):
    with pytest.raises(CopybookError) as caught:
        layout(text, *roots)
    return caught.value


@pytest.fixture
def members(tmp_path):
    (tmp_path / "ADDRESS.cpy").write_text("05 :TAG:-STREET PIC X(20).\n05 :TAG:-ZIP PIC X(5).\n")
    (tmp_path / "item.cob").write_text("      * A FIXED MEMBER\n           05  ITEM PIC S9(5) COMP-3.\n")
    (tmp_path / "OUTER.cpy").write_text("COPY INNER.\n05 OUTER PIC X.\n")
    (tmp_path / "INNER.cpy").write_text("05 INNER PIC X(2).\n")
    (tmp_path / "LIB").mkdir()
    (tmp_path / "LIB" / "INNER.cpy").write_text("05 INNER PIC X(9).\n")
    (tmp_path / "A.cpy").write_text("COPY B.\n")
    (tmp_path / "B.cpy").write_text("05 X PIC X.\nCOPY A.\n")
    (tmp_path / "BAD.cpy").write_text("05 GOOD PIC X.\n05 X PIC Q.\n")
    return tmp_path


def names(found):
    return [one.name for one in found.fields[1:]]


def test_a_placeholder_inside_names_is_replaced(members):
    found = layout(
        "01 R. COPY ADDRESS REPLACING ==:TAG:== BY ==HOME==. COPY 'ADDRESS.cpy' REPLACING ==:TAG:== BY W.", members
    )
    assert names(found) == ["HOME-STREET", "HOME-ZIP", "W-STREET", "W-ZIP"]


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("==INNER== BY ==RENAMED==", ("RENAMED", 2)),
        ("inner BY renamed", ("RENAMED", 2)),
        ("==X(2)== BY ==X(7)==", ("INNER", 7)),
        ("==PIC X(2)== BY ==PIC S9(4) COMP==", ("INNER", 2)),
        ("LEADING ==IN== BY ==OUT==", ("OUTNER", 2)),
        ("TRAILING ==ER== BY ====", ("INN", 2)),
        ("==2== BY ==3== ==INNER== BY ==Z==", ("Z", 3)),
        ("==NOT-THERE== BY ==Z==", ("INNER", 2)),
        ("==INN== BY ==Z==", ("INNER", 2)),
    ],
)
def test_replacing(members, phrase, expected):
    field = layout(f"01 R. COPY INNER REPLACING {phrase}.", members).fields[1]
    assert (field.name, field.length) == expected


def test_an_empty_replacement_leaves_the_rest_of_the_word(members):
    (members / "T.cpy").write_text("05 :P:CODE PIC X.")
    assert names(layout("01 R. COPY T REPLACING ==:P:== BY ====.", members)) == ["CODE"]


def test_members_have_their_own_format_library_and_nesting(members):
    found = layout("01 R. COPY ITEM. COPY OUTER. COPY INNER OF LIB SUPPRESS.", members)
    assert [(one.name, one.length) for one in found.fields[1:]] == [
        ("ITEM", 3),
        ("INNER", 2),
        ("OUTER", 1),
        ("INNER", 9),
    ]


def test_sql_and_panvalet_includes_are_copies(members):
    found = layout("EXEC SQL DECLARE T TABLE (C CHAR(1), D DECIMAL(9, 2)) END-EXEC.\n01 R. ++INCLUDE INNER\n"
                   "EXEC SQL INCLUDE ITEM END-EXEC.", members)  # fmt: skip
    assert names(found) == ["INNER", "ITEM"]


def test_an_error_in_a_member_names_the_member(members):
    error = failure("01 R.\n COPY BAD.", members)
    assert (error.code, error.line, error.column, error.context["source"]) == ("LRC017", 2, 10, "BAD.cpy")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01 R. COPY NOWHERE.", "LRC006"),
        ("01 R. COPY '../secret'.", "LRC007"),
        ("01 R. COPY '/etc/passwd'.", "LRC007"),
        ("01 R. COPY INNER OF '..'.", "LRC007"),
        ("01 R. COPY 'bad\0name'.", "LRC007"),
        ("01 R. COPY LINK.", "LRC007"),
        ("01 R. COPY A.", "LRC008"),
        ("01 R. COPY", "LRC005"),
        ("01 R. COPY .", "LRC005"),
        ("01 R. COPY INNER BOGUS.", "LRC005"),
        ("01 R. COPY INNER REPLACING.", "LRC005"),
        ("01 R. COPY INNER REPLACING ==A==.", "LRC005"),
        ("01 R. COPY INNER REPLACING ==A== BY.", "LRC005"),
        ("01 R. COPY INNER REPLACING ==A== BY ==B.", "LRC005"),
        ("01 R. COPY INNER REPLACING ==== BY ==B==.", "LRC005"),
        ("EXEC SQL DECLARE", "LRC005"),
    ],
)
def test_invalid_copy_statements(members, text, code):
    secret = members.parent / "secret.cpy"
    secret.write_text("05 X PIC X.")
    (members / "LINK.cpy").symlink_to(secret)
    assert failure(text, members).code == code


def test_without_folders_nothing_is_copied():
    error = failure("01 R. COPY MEMBER.")
    assert (error.code, error.line, error.column) == ("LRC006", 1, 12)


def test_a_member_that_is_too_large_is_refused(members, monkeypatch):
    (members / "HUGE.cpy").write_bytes(b" " * (2 * 1024 * 1024 + 1))
    assert failure("01 R. COPY HUGE.", members).code == "LRC001"


def test_copies_that_double_at_every_step_are_refused(members):
    for depth in range(14):
        (members / f"D{depth}.cpy").write_text(f"COPY D{depth + 1}.\nCOPY D{depth + 1}.\n")
    (members / "D14.cpy").write_text("05 X PIC X.\n")
    assert failure("01 R. COPY D0.", members).code == "LRC001"


def test_a_latin_1_member_is_read(members):
    (members / "OLD.cpy").write_bytes(b"05 X PIC X VALUE '\xe9'.")
    assert layout("01 R. COPY OLD.", members).find("X").value.text == "é"


LONG = "B" * 4_000


@pytest.mark.parametrize(
    "replacing",
    [f"LEADING ==A== BY ==\n{LONG}\n==", f"TRAILING ==1== BY ==\n{LONG}\n==", f"==:T:== BY ==\n{LONG}\n=="],
)
def test_replacing_is_limited_by_characters(members, replacing):
    (members / "MANY.cpy").write_text("05 A1 A1 :T::T:\n" * 2_000)
    error = failure(f"01 R. COPY MANY REPLACING {replacing}.", members)
    assert error.code == "LRC001"
    assert "REPLACING" in error.message


def test_members_without_code_are_counted_by_their_characters(members):
    (members / "NOTES.cpy").write_text(("*" * 4_000 + "\n") * 400)
    error = failure("\n".join(["COPY NOTES."] * 10), members)
    assert error.code == "LRC001"
    assert "the members have more than" in error.message


def test_many_replacements_are_fast(members):
    (members / "BIG.cpy").write_text("".join(f"05 PREFIX-{n}-END PIC X.\n" for n in range(10_000)))
    parts = "\n".join(f"LEADING ==NO{n}== BY ==N== TRAILING ==NO{n}== BY ==N==" for n in range(50))
    started = time.process_time()
    layout(f"01 R. COPY BIG REPLACING {parts}.", members)
    assert time.process_time() - started < 3


def test_the_first_matching_replacement_is_used(members):
    (members / "T.cpy").write_text("05 TAG-NAME PIC X(2).\n")
    texts = ("LEADING ==TAG== BY ==A==", "TRAILING ==NAME== BY ==B==", "==TAG-NAME PIC== BY ==C PIC==", "TAG-NAME BY D")
    firsts = ["A-NAME", "TAG-B", "C", "D"]
    for number, first in enumerate(firsts):
        order = "\n".join((*texts[number:], *texts[:number]))
        assert names(layout(f"01 R. COPY T REPLACING {order}.", members)) == [first]
