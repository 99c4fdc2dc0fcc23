"""The driver's shared library, with the constants and prototypes of the functions that lrecl calls.

Handles, lengths and indicators are 32-bit: libdb2.so.1 is the variant without a 64-bit SQLLEN. Sources: the headers
sql.h, sqlcli1.h and sqlext.h that come with the driver; IBM Db2, Call Level Interface Guide and Reference.
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
NO_DATA: Final = 100  # SQL_NO_DATA: an UPDATE or DELETE found no row, or a SELECT has no further row
NTS: Final = -3  # SQL_NTS: the text ends with a NUL
NULL_DATA: Final = -1

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
CLOSE_CURSOR: Final = 0  # SQL_CLOSE

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
    "SQLBindCol": (HANDLE, _USHORT, _SHORT, _POINTER, _INT, _POINTER),
    "SQLFetch": (HANDLE,),
    "SQLFreeStmt": (HANDLE, _USHORT),
    "SQLEndTran": (_SHORT, HANDLE, _SHORT),
    "SQLGetDiagRec": (_SHORT, HANDLE, _SHORT, _POINTER, _POINTER, _POINTER, _SHORT, _POINTER),
}


@cache
def load() -> ctypes.CDLL:
    """The library inside the ibm-db wheel, with UTF-8 as its code page. Raises LRB001 when the wheel is missing.

    The driver reads its code page once, when the process first loads the library, so it is set here before that.
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
