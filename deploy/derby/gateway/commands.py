"""The driver's commands as Derby takes them: only the instance variables it knows, only the statements it needs."""

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
"""A statement that Derby ignores on purpose, in place of the special registers that only Db2 has."""


def with_known_variables(payload: bytes) -> bytes:
    """The command without the instance variables that Derby would answer with a syntax error."""
    command = ddm.decode(payload)[0]
    known = _KNOWN[command.code_point]
    kept = (variable for variable in ddm.decode_all(command.body) if variable.code_point in known)
    return ddm.encode(command.code_point, ddm.encode_all(kept))


class Sections:
    """Which sections of its packages the driver has prepared on this connection.

    It also executes sections of static packages that only a Db2 has (its licence check when it first connects, the
    locators of large objects). Derby answers those with a syntax error and hangs up.
    """

    def __init__(self) -> None:
        self._prepared: set[bytes] = set()

    def missing(self, payload: bytes) -> bool:
        """Takes note of a prepared section; True for an EXCSQLSTT of one that never was, nor names a procedure."""
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
    """An EXCSQLSTT without NBRROW: it is for one row now."""
    command = ddm.decode(payload)[0]
    kept = (variable for variable in ddm.decode_all(command.body) if variable.code_point != C.NBRROW)
    return ddm.encode(command.code_point, ddm.encode_all(kept))


def is_atomic(payload: bytes) -> bool:
    """Whether an array is to go in as a whole or not at all; ATMIND 1 says that each row stands for itself."""
    return ddm.by_code_point(ddm.body_of(payload)).get(C.ATMIND) != b"\x01"
