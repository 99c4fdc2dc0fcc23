"""The stand-in for Db2 where none can be had: Apache Derby, and a gateway that lets IBM's driver speak to it."""
