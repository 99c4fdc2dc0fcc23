-- Derby joins the staging table to itself by nested loops: without this index that is quadratic. Db2 hashes.
CREATE INDEX {index} ON {staging} ({key}, RUN_ID, RECORD_OFFSET);
