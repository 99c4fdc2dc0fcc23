"""Who is who: the driver pretends to be Derby's own client, and Derby pretends to be a Db2 the driver knows."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.derby.gateway import ddm
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.ddm import Variable

CLIENT = "DNC10030"
"""Derby's client, in a release before 10.4: a later one would be sent session data unasked (PBSD, C000)."""
SERVER = "SQL09070"
"""Db2 for Linux 9.7. As Derby (CSS) the driver garbles arrays; as 11 it expects newer descriptors; as Db2 for
z/OS or i (DSN, QSQ) it asks for a licence."""
DERBY = "CSS"
"""What every release of Derby's server calls itself, release digits following."""

EBCDIC = "cp500"
_FALSE = b"\xf0"


def request(payload: bytes) -> bytes:
    """EXCSAT, ACCSEC, SECCHK or ACCRDB as Derby wants it."""
    command = ddm.decode(payload)[0]
    variables = ddm.decode_all(command.body)
    if command.code_point == CodePoint.ACCRDB:
        # Product data makes Derby answer with USRID and PKGDFTCST nested in TYPDEFOVR, which the driver refuses.
        variables = (v for v in variables if v.code_point != CodePoint.PRDDTA)
    return _replaced(command.code_point, variables, _CLIENT_SAYS)


def reply(body: bytes) -> bytes:
    """The body of EXCSATRD or ACCRDBRM as the driver wants it; the product id is changed only if it is Derby's."""
    return ddm.encode_all(_as_db2(variable) for variable in ddm.decode_all(body))


_CLIENT_SAYS: dict[int, bytes] = {
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
