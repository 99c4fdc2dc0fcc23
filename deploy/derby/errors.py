"""What can go wrong around Derby.

LRB001  Java or Derby is not installed
LRB002  Derby or the gateway did not start
LRB003  the database could not be created
LRB004  a name or password that Derby cannot take
LRB005  Derby or the gateway ended by itself
"""

from __future__ import annotations

from shared.errors import PermanentError


class DerbyError(PermanentError):
    """Derby cannot be had as asked; ``log`` is in the context where there is one."""
