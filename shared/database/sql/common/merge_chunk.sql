-- name: insert
INSERT INTO {schema}.MERGE_CHUNK (RUN_ID, CHUNK_NO, FROM_OFFSET, TO_OFFSET, ROWS_MERGED, MERGED_AT)
VALUES (?, ?, ?, ?, ?, ?);

-- name: list
SELECT * FROM {schema}.MERGE_CHUNK WHERE RUN_ID = ? ORDER BY CHUNK_NO;

-- name: forget
DELETE FROM {schema}.MERGE_CHUNK WHERE RUN_ID = ?;
