"""Names of the DDM code points that the gateway reads or writes (DRDA Version 3, volume 3, DDM architecture)."""

from __future__ import annotations

from enum import IntEnum


class CodePoint(IntEnum):
    """A two-byte code point. Commands, objects, instance variables and reply messages share one number space."""

    # commands
    EXCSAT = 0x1041
    ACCSEC = 0x106D
    SECCHK = 0x106E
    ACCRDB = 0x2001
    CLSQRY = 0x2005
    CNTQRY = 0x2006
    DSCSQLSTT = 0x2008
    EXCSQLIMM = 0x200A
    EXCSQLSTT = 0x200B
    OPNQRY = 0x200C
    PRPSQLSTT = 0x200D
    RDBCMM = 0x200E
    RDBRLLBCK = 0x200F
    EXCSQLSET = 0x2014
    DISCONNECT = 0xC004  # IBM's own, not in the public architecture: the driver's last command

    # command data and reply data
    FDODSC = 0x0010
    FDODTA = 0x147A
    SQLCARD = 0x2408
    SQLDARD = 0x2411
    SQLDTA = 0x2412
    SQLSTT = 0x2414
    QRYDTA = 0x241B

    # instance variables
    CODPNT = 0x000C
    PRDID = 0x112E
    SVRCOD = 0x1149
    SRVRLSLV = 0x115A
    PRDDTA = 0x2104
    RDBCMTOK = 0x2105
    RDBNAM = 0x2110
    OUTEXP = 0x2111
    PKGNAMCSN = 0x2113
    QRYBLKSZ = 0x2114
    UOWDSP = 0x2115
    RTNSQLDA = 0x2116
    QRYBLKCTL = 0x2132
    PRCNAM = 0x2138
    NBRROW = 0x213A
    TRGDFTRT = 0x213B
    QRYROWNBR = 0x213D
    MAXRSLCNT = 0x2140
    MAXBLKEXT = 0x2141
    RSLSETFLG = 0x2142
    TYPSQLDA = 0x2146
    OUTOVROPT = 0x2147
    QRYSCRORN = 0x2152
    QRYROWSNS = 0x2153
    QRYBLKRST = 0x2154
    QRYROWSET = 0x2156
    QRYATTSNS = 0x2157
    ATMIND = 0x2159
    QRYINSID = 0x215B
    QRYCLSIMP = 0x215D

    # reply messages
    CMDNSPRM = 0x1250
    EXCSATRD = 0x1443
    ACCRDBRM = 0x2201
    ENDUOWRM = 0x220C
    RDBUPDRM = 0x2218


def name_of(code_point: int) -> str:
    """``EXCSQLSTT`` for 0x200B. The hex digits of a code point that has no name here."""
    try:
        return CodePoint(code_point).name
    except ValueError:
        return f"{code_point:04X}"
