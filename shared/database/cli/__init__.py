"""IBM's Call Level Interface as a C library: connect, array insert by columns, diagnostics.

Why not ``ibm_db.execute_many``: it binds every parameter of every row inside the interpreter's lock. Here a
batch is bound as a few column buffers and sent in one call that releases the lock, so that writer threads really run
side by side.
"""

from shared.database.cli.array_insert import ArrayInsert, ArrayStatement
from shared.database.cli.connection import CliConnection

__all__ = ["ArrayInsert", "ArrayStatement", "CliConnection"]
