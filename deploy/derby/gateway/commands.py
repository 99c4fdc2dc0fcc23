"""The driver's commands as Derby accepts them: with the instance variables and statements that it knows."""

from __future__ import annotations

from deploy.derby.gateway import ddm
from deploy.derby.gateway.codepoints import CodePoint as C

HANDSHAKE = frozenset({C.EXCSAT, C.ACCSEC, C.SECCHK, C.ACCRDB})

_KNOWN: dict[int, frozenset[C]] = {
    C.EXCSQLSET: frozenset({C.RDBNAM, C.PKGNAMCSN}),
    C.EXCSQLIMM: frozenset({C.RDBNAM, C.PKGNAMCSN}),
    C.PRPSQLSTT: frozenset({C.RDBNAM, C.PKGNAMCSN, C.RTNSQLDA, C.TYPSQLDA}),
    C.DSCSQLSTT: frozenset({C.RDBNAM, C.PKGNAMCSN, C.TYPSQLDA}),
    C.OPNQRY: frozenset(
        {C.RDBNAM, C.PKGNAMCSN, C.QRYBLKSZ, C.QRYBLKCTL, C.MAXBLKEXT, C.OUTOVROPT}
        | {C.QRYROWSET, C.QRYATTSNS, C.QRYCLSIMP}
    ),
    C.EXCSQLSTT: frozenset(
        {C.RDBNAM, C.PKGNAMCSN, C.OUTEXP, C.PRCNAM, C.NBRROW, C.QRYBLKSZ, C.MAXRSLCNT}
        | {C.MAXBLKEXT, C.RSLSETFLG, C.OUTOVROPT, C.QRYROWSET, C.RDBCMTOK}
    ),
    C.CNTQRY: frozenset(
        {C.RDBNAM, C.PKGNAMCSN, C.QRYBLKSZ, C.MAXBLKEXT, C.QRYROWSET, C.QRYROWSNS}
        | {C.QRYSCRORN, C.QRYBLKRST, C.QRYINSID, C.QRYROWNBR}
    ),
    C.CLSQRY: frozenset({C.RDBNAM, C.PKGNAMCSN, C.QRYINSID}),
    C.RDBCMM: frozenset({C.RDBNAM}),
    C.RDBRLLBCK: frozenset({C.RDBNAM}),
}
SUPPORTED = HANDSHAKE | _KNOWN.keys()

_HARMLESS = b"SET CLIENT LRECL"
_NO_TEXT = b"\xff"
HARMLESS_SETTING = ddm.encode(C.SQLSTT, b"\x00" + len(_HARMLESS).to_bytes(4, "big") + _HARMLESS + _NO_TEXT)
"""A statement that Derby ignores by design. It replaces statements that set special registers, which only Db2 has."""


def with_known_variables(payload: bytes) -> bytes:
    """The command without the instance variables that Derby rejects with a syntax error."""
    command = ddm.decode(payload)[0]
    known = _KNOWN[command.code_point]
    kept = (variable for variable in ddm.decode_all(command.body) if variable.code_point in known)
    return ddm.encode(command.code_point, ddm.encode_all(kept))


class Sections:
    """The package sections that the driver has prepared on this connection.

    The driver also executes sections of static packages that only Db2 has, for its licence check at the first connect
    and for locators of large objects. Derby answers those with a syntax error and closes the connection.
    """

    def __init__(self) -> None:
        self._prepared: set[bytes] = set()

    def missing(self, payload: bytes) -> bool:
        """Whether the command executes a section that was not prepared and is not a procedure call.

        The section of a PRPSQLSTT counts as prepared from then on.
        """
        command = ddm.decode(payload)[0]
        if command.code_point not in (C.PRPSQLSTT, C.EXCSQLSTT):
            return False
        variables = ddm.by_code_point(command.body)
        section = variables.get(C.PKGNAMCSN, b"")
        if command.code_point == C.PRPSQLSTT:
            self._prepared.add(section)
            return False
        return section not in self._prepared and C.PRCNAM not in variables


def without_row_number(payload: bytes) -> bytes:
    """An EXCSQLSTT without NBRROW, which makes it the command for one row."""
    command = ddm.decode(payload)[0]
    kept = (variable for variable in ddm.decode_all(command.body) if variable.code_point != C.NBRROW)
    return ddm.encode(command.code_point, ddm.encode_all(kept))


def is_atomic(payload: bytes) -> bool:
    """Whether all rows of an array are inserted or none. With ATMIND 1 each row succeeds or fails by itself."""
    return ddm.by_code_point(ddm.body_of(payload)).get(C.ATMIND) != b"\x01"
