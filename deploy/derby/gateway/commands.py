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

_COLLECTION = slice(18, 36)
"""Where PKGNAMCSN names the package's collection: behind the database, each padded to 18 bytes."""
_LICENCE_COLLECTION = b"DB2LIC"


def with_known_variables(payload: bytes) -> bytes:
    """The command without the instance variables that Derby would answer with a syntax error."""
    command = ddm.decode(payload)[0]
    known = _KNOWN[command.code_point]
    kept = (variable for variable in ddm.decode_all(command.body) if variable.code_point in known)
    return ddm.encode(command.code_point, ddm.encode_all(kept))


def asks_for_licence(payload: bytes) -> bool:
    """Whether this EXCSQLSTT runs IBM's static licence package; it was never prepared, and Derby would hang up."""
    command = ddm.decode(payload)[0]
    if command.code_point != C.EXCSQLSTT:
        return False
    package = ddm.by_code_point(command.body).get(C.PKGNAMCSN, b"")
    return package[_COLLECTION].startswith(_LICENCE_COLLECTION)
