-- name: merge
-- Derby's MERGE accepts only a table as its source, so the chunk's bounds are in ON and again in NOT MATCHED.
MERGE INTO {final} F USING {staging} S
ON {match} AND S.RUN_ID = ? AND S.RECORD_OFFSET >= ? AND S.RECORD_OFFSET < ? AND S.SUPERSEDED = 0
WHEN MATCHED THEN UPDATE SET {assignments}RUN_ID = S.RUN_ID, MERGED_AT = CURRENT_TIMESTAMP
WHEN NOT MATCHED AND S.RUN_ID = ? AND S.RECORD_OFFSET >= ? AND S.RECORD_OFFSET < ? AND S.SUPERSEDED = 0
    THEN INSERT ({columns}, RUN_ID, MERGED_AT) VALUES ({values}, S.RUN_ID, CURRENT_TIMESTAMP);
