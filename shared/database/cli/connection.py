"""One CLI connection with manual commit, for one thread."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from types import TracebackType

from shared.database.cli import library as cli
from shared.database.cli.handles import Handle
from shared.database.errors import DatabaseError, encoded


class CliConnection:
    """Connects when it is made, and raises DatabaseUnavailable when that fails.

    A connection must not be shared between threads, nor used after a fork.
    """

    def __init__(self, connection_string: str) -> None:
        library = cli.load()
        self._environment = Handle(cli.HANDLE_ENV)
        self._environment.check(library.SQLSetEnvAttr(self._environment.raw, cli.ATTR_ODBC_VERSION, cli.ODBC_3, 0))
        self.handle = Handle(cli.HANDLE_DBC, self._environment)
        self._connected = False
        try:
            self._connect(encoded(connection_string))
        except DatabaseError:
            self.close()
            raise

    def _connect(self, connection_string: bytes) -> None:
        library = cli.load()
        self.handle.check(library.SQLDriverConnect(self.handle.raw, None, connection_string, cli.NTS, None, 0, None, 0))
        self._connected = True
        self.handle.check(library.SQLSetConnectAttr(self.handle.raw, cli.ATTR_AUTOCOMMIT, 0, 0))

    def statement(self, sql: str) -> Handle:
        """The handle of a statement, prepared. The driver may report what is wrong with it only when it is executed."""
        statement = Handle(cli.HANDLE_STMT, self.handle)
        try:
            statement.check(cli.load().SQLPrepare(statement.raw, encoded(sql), cli.NTS))
        except DatabaseError:
            statement.free()
            raise
        return statement

    def commit(self) -> None:
        """Commit the open transaction. After DatabaseUnavailable the outcome is unknown."""
        self.handle.check(cli.load().SQLEndTran(cli.HANDLE_DBC, self.handle.raw, cli.COMMIT))

    def rollback(self) -> None:
        """Roll back the open transaction."""
        self.handle.check(cli.load().SQLEndTran(cli.HANDLE_DBC, self.handle.raw, cli.ROLLBACK))

    def close(self) -> None:
        """Roll back the open transaction and free the handles. A broken connection is closed without an error."""
        if self._connected:
            with suppress(DatabaseError):  # The server has rolled back the transaction of a broken connection.
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
    """The number of rows that the last execution changed."""
    count = ctypes.c_int32()
    statement.check(cli.load().SQLRowCount(statement.raw, ctypes.byref(count)))
    return count.value
