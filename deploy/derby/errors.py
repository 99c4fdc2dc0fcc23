"""What can go wrong around Derby.

LRG101  Java or Derby is not installed
LRG102  Derby or the gateway did not start
LRG103  the database could not be created
LRG104  a name or password that Derby cannot take
LRG105  Derby or the gateway ended by itself
"""

from __future__ import annotations

from shared.errors import PermanentError


class DerbyError(PermanentError):
    """Derby cannot be had as asked; ``log`` is in the context where there is one."""
