-- Batches whose ledger row and staged rows disagree. Not by COALESCE(S.STAGED, 0): Derby 10.14 then makes an inner join
-- of the outer one, and a batch without any staged row is not seen.
SELECT B.BATCH_NO, B.RECORDS_VALID, S.STAGED
FROM {schema}.BATCH B
LEFT JOIN (SELECT BATCH_NO, COUNT(*) AS STAGED FROM ({staged}) R GROUP BY BATCH_NO) S
    ON S.BATCH_NO = B.BATCH_NO
WHERE B.RUN_ID = ? AND (S.STAGED <> B.RECORDS_VALID OR (S.STAGED IS NULL AND B.RECORDS_VALID > 0))
ORDER BY B.BATCH_NO;
