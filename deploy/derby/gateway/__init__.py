"""The DRDA gateway: the unmodified IBM driver on one side, Apache Derby's Network Server on the other.

Db2 and Derby speak the same wire protocol, DRDA (The Open Group, DRDA Version 3 volumes 1 to 3), in dialects
that differ in a few places. The gateway reads each request chain of the driver, rewrites what Derby would refuse,
and rewrites the replies so that the driver takes Derby for a Db2 it knows.

    dss        frames: segments, continuations, chains
    ddm        objects inside a frame: length, code point, instance variables
    codepoints the names of the code points
    handshake  who is who: EXCSAT, ACCRDB and their replies
    commands   which instance variables Derby knows, and the statements it need not see
    fdoca      parameter descriptors and rows: VARGRAPHIC becomes VARMIX, where a row ends
    arrays     one array insert becomes many single inserts, many SQLCARDs become one
    replies    what the driver is shown instead of Derby's own words
    session    one driver connection
    server     the listening socket
"""

from deploy.derby.gateway.server import Gateway

__all__ = ["Gateway"]
