"""Derby's replies as the driver takes them: the same messages, under the name of a Db2.

SQLCARD and SQLDARD start with an SQLCA: ``null(1) SQLCODE(4) SQLSTATE(5) SQLERRP(8) null(1) SQLERRD(6 x 4) ...``,
behind the object's header. Byte order is big-endian: Derby's TYPDEFNAM is QTDSQLASC.
"""

from __future__ import annotations

import struct

from deploy.derby.gateway import ddm, handshake
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.dss import Dss

_HEADER = 4
_PRESENT = 0x00
_CODE = struct.Struct(">i")
_CODE_AT = _HEADER + 1
_STATE_AT = slice(_HEADER + 5, _HEADER + 10)
_PRODUCT_AT = slice(_HEADER + 10, _HEADER + 18)
_ROWS_AT = _HEADER + 19 + 8
_WITH_SQLCA = frozenset({CodePoint.SQLCARD, CodePoint.SQLDARD})
_HANDSHAKE = frozenset({CodePoint.EXCSATRD, CodePoint.ACCRDBRM})
_DERBY = handshake.DERBY.encode()
_SERVER = handshake.SERVER.encode()

PACKAGE_NOT_FOUND = (-805, "51002")


def for_driver(dss: Dss) -> Dss:
    """One reply with Derby's product name replaced; anything else is left as it is."""
    payload = dss.payload
    code_point = dss.code_point
    if code_point in _HANDSHAKE:
        return dss._replace(payload=handshake.reply(payload))
    if code_point in _WITH_SQLCA and payload[_PRODUCT_AT].startswith(_DERBY):
        return dss._replace(payload=payload[: _PRODUCT_AT.start] + _SERVER + payload[_PRODUCT_AT.stop :])
    return dss


def sql_code(payload: bytes) -> int:
    """The SQLCODE of an SQLCARD; 0 if it carries no SQLCA."""
    return int(_CODE.unpack_from(payload, _CODE_AT)[0]) if payload[_HEADER] == _PRESENT else 0


def sql_state(payload: bytes) -> str:
    """The SQLSTATE of an SQLCARD that carries an SQLCA."""
    return payload[_STATE_AT].decode("ascii", errors="replace")


def row_count(payload: bytes) -> int:
    """Rows inserted, updated or deleted: the third word of SQLERRD."""
    return int(_CODE.unpack_from(payload, _ROWS_AT)[0]) if payload[_HEADER] == _PRESENT else 0


def with_row_count(payload: bytes, rows: int) -> bytes:
    """The SQLCARD with another row count."""
    return payload[:_ROWS_AT] + _CODE.pack(rows) + payload[_ROWS_AT + _CODE.size :]


def not_supported(code_point: int) -> bytes:
    """CMDNSPRM: the answer to a command that Derby does not know; without one the driver would wait for ever."""
    error = b"\x00\x08"
    variables = [
        ddm.Variable(CodePoint.SVRCOD, error),
        ddm.Variable(CodePoint.CODPNT, code_point.to_bytes(2, "big")),
    ]
    return ddm.encode(CodePoint.CMDNSPRM, ddm.encode_all(variables))


def sqlcard(code: int, state: str) -> bytes:
    """An SQLCARD of the gateway's own, without message tokens."""
    words = bytes(6 * _CODE.size)
    extension = b"\x00" + words + b" " * 11 + bytes(2) + bytes(2) + bytes(2)
    no_diagnostics = b"\xff"
    sqlca = b"\x00" + _CODE.pack(code) + state.encode() + _SERVER + extension + no_diagnostics
    return ddm.encode(CodePoint.SQLCARD, sqlca)
