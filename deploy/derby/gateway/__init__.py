"""The DRDA gateway: the unmodified IBM driver on one side, Apache Derby's Network Server on the other.

Db2 and Derby use the same wire protocol, DRDA (The Open Group, DRDA Version 3, volumes 1 to 3), with a few
differences. The gateway reads each request chain of the driver, rewrites what Derby would refuse, and rewrites the
replies so that the driver treats Derby as a version of Db2 that it supports.

    dss        frames: segments, continuations, chains
    ddm        objects inside a frame: length, code point, instance variables
    codepoints the names of the code points
    errors     frames and objects that the gateway refuses
    handshake  EXCSAT, ACCRDB and their replies: product identifiers of client and server
    commands   the instance variables that Derby knows, and the statements that it does not need
    requests   a request chain as commands with their objects
    fdoca      parameter descriptors and rows: VARGRAPHIC becomes VARMIX, and where a row ends
    arrays     one array insert becomes many single inserts
    outcomes   the replies to these inserts become one reply
    replies    Derby's replies as a Db2 would send them
    sqlca      the SQLCA: SQLCODE, SQLSTATE, message, row counts
    session    one driver connection
    server     the listening socket
"""

from deploy.derby.gateway.server import Gateway

__all__ = ["Gateway"]
