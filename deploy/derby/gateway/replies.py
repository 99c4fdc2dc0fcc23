"""Derby's replies as the driver accepts them: with Db2's product identifier, and SQLCAs that Db2 could have sent."""

from __future__ import annotations

from deploy.derby.gateway import ddm, handshake, sqlca
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.ddm import Variable
from deploy.derby.gateway.dss import Dss
from deploy.derby.gateway.sqlca import Sqlca

_HEADER = 4
_HANDSHAKE = frozenset({CodePoint.EXCSATRD, CodePoint.ACCRDBRM})
_STARTS_WITH_SQLCA = frozenset({CodePoint.SQLCARD, CodePoint.SQLDARD})
_DERBY = handshake.DERBY.encode()
_SERVER = handshake.SERVER.encode()
_PRODUCT_AT = 10
_NO_ROW = b"\xff"

_DERBY_NO_ROWS, _DB2_NO_ROWS, _NO_DATA = 10000, 100, b"02000"
PACKAGE_NOT_FOUND = Sqlca(-805, b"51002", _SERVER)


def for_driver(dss: Dss) -> Dss:
    """One reply, rewritten for the driver. A DSS may contain several objects, such as OPNQFLRM and an SQLCARD."""
    return dss._replace(payload=ddm.encode_all(map(_object_for_driver, ddm.decode_all(dss.payload))))


def sqlca_of(payload: bytes) -> Sqlca | None:
    """The SQLCA of an SQLCARD. None when it is null, which means success."""
    return sqlca.decode(payload, _HEADER)[0]


def sqlcard(ca: Sqlca) -> bytes:
    """An SQLCARD with this SQLCA."""
    return ddm.encode(CodePoint.SQLCARD, ca.encode())


def not_supported(code_point: int) -> bytes:
    """CMDNSPRM: the reply to a command that Derby does not know. Without a reply the driver would wait for ever."""
    error = b"\x00\x08"
    variables = [
        Variable(CodePoint.SVRCOD, error),
        Variable(CodePoint.CODPNT, code_point.to_bytes(2, "big")),
    ]
    return ddm.encode(CodePoint.CMDNSPRM, ddm.encode_all(variables))


def _object_for_driver(item: Variable) -> Variable:
    code_point, body = item
    if code_point in _HANDSHAKE:
        return Variable(code_point, handshake.reply(body))
    if code_point in _STARTS_WITH_SQLCA:
        return Variable(code_point, _with_sqlca(body))
    if code_point == CodePoint.QRYDTA:
        return Variable(code_point, _with_last_sqlca(body))
    return item


def _with_sqlca(body: bytes) -> bytes:
    """The body with the SQLCA at its start rewritten."""
    found, end = sqlca.decode(body)
    return body if found is None else _as_db2(found).encode() + body[end:]


def _with_last_sqlca(body: bytes) -> bytes:
    """Rows of a query. The last one may be an SQLCA without data, which means the end of the data or an error."""
    start = body.rfind(_DERBY) - _PRODUCT_AT
    if start < 0:
        return body
    # The user's data may contain the name as well. A real SQLCA ends exactly where the rows end.
    found, end = sqlca.decode(body, start)
    if found is None or body[end:] != _NO_ROW:
        return body
    return body[:start] + _as_db2(found).encode() + _NO_ROW


def _as_db2(found: Sqlca) -> Sqlca:
    changed = found._replace(message=sqlca.shortened(found.message))
    if found.product.startswith(_DERBY):
        changed = changed._replace(product=_SERVER)
    if (found.code, found.state) == (_DERBY_NO_ROWS, _NO_DATA):
        # Derby's own warning that no row was updated. Db2 sends +100 without a message.
        changed = changed._replace(code=_DB2_NO_ROWS, message=b"")
    return changed
