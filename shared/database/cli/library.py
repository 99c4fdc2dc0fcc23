"""The driver's shared library and the prototypes of the functions used.

Handles, and length and indicator arrays, are 32-bit in libdb2.so.1: it is the variant without 64-bit SQLLEN.
Sources: the sql.h, sqlcli1.h and sqlext.h headers that come with the driver; IBM Db2, Call Level Interface Guide
and Reference.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
from functools import cache
from pathlib import Path
from typing import Final

from shared.errors import PermanentError

HANDLE = ctypes.c_int32
SUCCEEDED: Final = (0, 1)  # SQL_SUCCESS, SQL_SUCCESS_WITH_INFO
NO_DATA: Final = 100  # SQL_NO_DATA: an UPDATE or DELETE found no row
NTS: Final = -3

HANDLE_ENV: Final = 1
HANDLE_DBC: Final = 2
HANDLE_STMT: Final = 3

ATTR_ODBC_VERSION: Final = 200
ODBC_3: Final = 3
ATTR_AUTOCOMMIT: Final = 102
ATTR_PARAM_BIND_TYPE: Final = 18
ATTR_PARAMSET_SIZE: Final = 22
COMMIT: Final = 0
ROLLBACK: Final = 1
PARAM_INPUT: Final = 1

_POINTER, _INT, _SHORT, _USHORT, _UINT = (
    ctypes.c_void_p,
    ctypes.c_int32,
    ctypes.c_int16,
    ctypes.c_uint16,
    ctypes.c_uint32,
)
_PROTOTYPES: Final = {
    "SQLAllocHandle": (_SHORT, HANDLE, _POINTER),
    "SQLFreeHandle": (_SHORT, HANDLE),
    "SQLSetEnvAttr": (HANDLE, _INT, _POINTER, _INT),
    "SQLSetConnectAttr": (HANDLE, _INT, _POINTER, _INT),
    "SQLSetStmtAttr": (HANDLE, _INT, _POINTER, _INT),
    "SQLDriverConnect": (HANDLE, _POINTER, ctypes.c_char_p, _SHORT, _POINTER, _SHORT, _POINTER, _USHORT),
    "SQLDisconnect": (HANDLE,),
    "SQLPrepare": (HANDLE, ctypes.c_char_p, _INT),
    "SQLBindParameter": (HANDLE, _USHORT, _SHORT, _SHORT, _SHORT, _UINT, _SHORT, _POINTER, _INT, _POINTER),
    "SQLExecute": (HANDLE,),
    "SQLRowCount": (HANDLE, _POINTER),
    "SQLEndTran": (_SHORT, HANDLE, _SHORT),
    "SQLGetDiagRec": (_SHORT, HANDLE, _SHORT, _POINTER, _POINTER, _POINTER, _SHORT, _POINTER),
}


@cache
def load() -> ctypes.CDLL:
    """The library inside the ibm-db wheel, text as UTF-8; LRB001 where the wheel is missing.

    The code page must be set before the library is loaded, whoever loads it: it is read once.
    """
    os.environ["DB2CODEPAGE"] = "1208"
    found = importlib.util.find_spec("ibm_db")
    if found is None or found.origin is None:
        raise PermanentError("LRB001", "the package ibm-db is not installed", remedy="Install it: pip install ibm-db.")
    library = ctypes.CDLL(str(Path(found.origin).parent / "clidriver" / "lib" / "libdb2.so.1"))
    for name, arguments in _PROTOTYPES.items():
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = ctypes.c_int16
    return library
