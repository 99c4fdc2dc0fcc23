"""Records to files: the way back from what ``shared.framing`` reads, with the same options.

    write = writer_for(framing_from_dict(options))
    for piece in write(records): file.write(piece)

Nothing is held but one block. What the format cannot say is refused with LRF043 and the number of the record: better no
file than one that reads as something else.
"""

from shared.framing.writing.registry import BLOCK_BYTES, Write, writer_for

__all__ = ["BLOCK_BYTES", "Write", "writer_for"]
