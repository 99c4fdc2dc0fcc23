"""One CLI connection with manual commit, for exactly one thread."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from types import TracebackType

from shared.database.cli import library as cli
from shared.database.cli.handles import Handle
from shared.database.errors import DatabaseError


class CliConnection:
    """Connects at once; raises DatabaseUnavailable when that fails. Never share it between threads or over a fork."""

    def __init__(self, connection_string: str) -> None:
        library = cli.load()
        self._environment = Handle(cli.HANDLE_ENV)
        self._environment.check(library.SQLSetEnvAttr(self._environment.raw, cli.ATTR_ODBC_VERSION, cli.ODBC_3, 0))
        self.handle = Handle(cli.HANDLE_DBC, self._environment)
        self._connected = False
        try:
            self._connect(connection_string.encode())
        except DatabaseError:
            self.close()
            raise

    def _connect(self, connection_string: bytes) -> None:
        library = cli.load()
        self.handle.check(library.SQLDriverConnect(self.handle.raw, None, connection_string, cli.NTS, None, 0, None, 0))
        self._connected = True
        self.handle.check(library.SQLSetConnectAttr(self.handle.raw, cli.ATTR_AUTOCOMMIT, 0, 0))

    def statement(self, sql: str) -> Handle:
        """A prepared statement."""
        statement = Handle(cli.HANDLE_STMT, self.handle)
        try:
            statement.check(cli.load().SQLPrepare(statement.raw, sql.encode(), cli.NTS))
        except DatabaseError:
            statement.free()
            raise
        return statement

    def commit(self) -> None:
        """Commit; DatabaseUnavailable means the outcome is unknown."""
        self.handle.check(cli.load().SQLEndTran(cli.HANDLE_DBC, self.handle.raw, cli.COMMIT))

    def rollback(self) -> None:
        """Undo the open transaction."""
        self.handle.check(cli.load().SQLEndTran(cli.HANDLE_DBC, self.handle.raw, cli.ROLLBACK))

    def close(self) -> None:
        """Roll back what is open and give everything back; safe to call on a broken connection."""
        if self._connected:
            with suppress(DatabaseError):  # a broken connection has nothing to roll back
                self.rollback()
            cli.load().SQLDisconnect(self.handle.raw)
            self._connected = False
        self.handle.free()
        self._environment.free()

    def __enter__(self) -> CliConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def affected(statement: Handle) -> int:
    """Rows affected by the last execution."""
    count = ctypes.c_int32()
    statement.check(cli.load().SQLRowCount(statement.raw, ctypes.byref(count)))
    return count.value
