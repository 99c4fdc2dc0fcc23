"""IBM's Call Level Interface as a C library: connections, array inserts by columns, diagnostics.

Why not ``ibm_db.execute_many``? It binds each parameter of each row while it holds the interpreter's lock. This
package binds a batch as a few column buffers and sends it in one call that releases the lock, so that writer threads
run in parallel.
"""

from shared.database.cli.connection import CliConnection
from shared.database.cli.prepared_statements import ArrayInsert, ArrayStatement, TextQuery

__all__ = ["ArrayInsert", "ArrayStatement", "CliConnection", "TextQuery"]
