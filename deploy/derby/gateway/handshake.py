"""The handshake: to Derby the driver appears as Derby's own client, and to the driver Derby appears as Db2."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.derby.gateway import ddm
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.ddm import Variable

CLIENT = "DNC10030"
"""Derby's client in a release before 10.4. Derby sends session data (PBSD, C000) to later ones without being asked."""
SERVER = "SQL09070"
"""Db2 for Linux 9.7. With Derby's identifier (CSS) the driver garbles arrays, with release 11 it expects newer
descriptors, and with those of Db2 for z/OS and i (DSN, QSQ) it asks for a licence."""
DERBY = "CSS"
"""The identifier of Derby's server, which the digits of its release follow."""

EBCDIC = "cp500"
_FALSE = b"\xf0"


def request(payload: bytes) -> bytes:
    """EXCSAT, ACCSEC, SECCHK or ACCRDB, rewritten for Derby."""
    command = ddm.decode(payload)[0]
    variables = ddm.decode_all(command.body)
    if command.code_point == CodePoint.ACCRDB:
        # With product data Derby would answer with USRID and PKGDFTCST inside TYPDEFOVR, which the driver refuses.
        variables = (v for v in variables if v.code_point != CodePoint.PRDDTA)
    return _replaced(command.code_point, variables, _CLIENT_VALUES)


def reply(body: bytes) -> bytes:
    """The body of EXCSATRD or ACCRDBRM for the driver, in which Derby's product identifier is replaced."""
    return ddm.encode_all(_as_db2(variable) for variable in ddm.decode_all(body))


_CLIENT_VALUES: dict[int, bytes] = {
    CodePoint.SRVRLSLV: CLIENT.encode(EBCDIC),
    CodePoint.PRDID: CLIENT.encode("ascii"),
    CodePoint.TRGDFTRT: _FALSE,
}
_SERVER_NAMES: dict[int, str] = {CodePoint.SRVRLSLV: EBCDIC, CodePoint.PRDID: "ascii"}


def _replaced(code_point: int, variables: Iterable[Variable], values: dict[int, bytes]) -> bytes:
    replaced = (Variable(v.code_point, values.get(v.code_point, v.body)) for v in variables)
    return ddm.encode(code_point, ddm.encode_all(replaced))


def _as_db2(variable: Variable) -> Variable:
    encoding = _SERVER_NAMES.get(variable.code_point)
    if encoding is None or not variable.body.startswith(DERBY.encode(encoding)):
        return variable
    return Variable(variable.code_point, SERVER.encode(encoding) + variable.body[len(SERVER) :])
