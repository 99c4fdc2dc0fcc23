-- name: insert
INSERT INTO {schema}.RUN_FAULT (RUN_ID, BATCH_NO, CODE, FATAL, MESSAGE, SERVICE, REPORTED_AT)
VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: open
-- Open faults: fatal ones, and batches in a dead-letter queue that the ledger does not hold.
SELECT F.* FROM {schema}.RUN_FAULT F
WHERE F.RUN_ID = ? AND (F.FATAL = 1 OR NOT EXISTS (
    SELECT 1 FROM {schema}.BATCH B WHERE B.RUN_ID = F.RUN_ID AND B.BATCH_NO = F.BATCH_NO))
ORDER BY F.FATAL DESC, F.REPORTED_AT;

-- name: settle
-- The message was sent again. If it fails again, the fault is reported again.
DELETE FROM {schema}.RUN_FAULT WHERE RUN_ID = ? AND BATCH_NO = ? AND FATAL = 0;

-- name: forget
-- A cause that still exists is reported again.
DELETE FROM {schema}.RUN_FAULT WHERE RUN_ID = ? AND FATAL = 1;
