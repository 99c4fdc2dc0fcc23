-- What the writer reads and changes in the control tables. Its INSERTs are generated from the columns that it binds.

-- name: run_state
-- Read stability keeps the share lock on the row until the commit: nobody stops the run between this and the commit.
-- A row that is being changed is waited for: Db2's "currently committed" reads are for cursor stability only.
SELECT STATE FROM {schema}.RUN WHERE RUN_ID = ? WITH RS;

-- name: count_duplicate
UPDATE {schema}.BATCH SET DUPLICATES = DUPLICATES + 1 WHERE RUN_ID = ? AND BATCH_NO = ? AND CHECKSUM = ?;
