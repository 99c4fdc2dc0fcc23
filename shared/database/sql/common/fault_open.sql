-- Faults that still stand: fatal ones, and batches in a dead-letter queue that the ledger does not hold.
SELECT F.* FROM {schema}.RUN_FAULT F
WHERE F.RUN_ID = ? AND (F.FATAL = 1 OR NOT EXISTS (
    SELECT 1 FROM {schema}.BATCH B WHERE B.RUN_ID = F.RUN_ID AND B.BATCH_NO = F.BATCH_NO))
ORDER BY F.FATAL DESC, F.REPORTED_AT;
