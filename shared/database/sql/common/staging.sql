-- name: rows
SELECT COUNT(*) AS ROWS_STAGED FROM {staging} WHERE RUN_ID = ?;

-- name: keys
SELECT COUNT(*) AS DISTINCT_KEYS FROM (SELECT DISTINCT {key} FROM {staging} WHERE RUN_ID = ?) K;

-- name: supersede
-- Of several records with one key, only the last in the file is merged. The others stay in the staging table.
UPDATE {staging} S SET SUPERSEDED = 1
WHERE S.RUN_ID = ? AND EXISTS (
    SELECT 1 FROM {staging} L
    WHERE L.RUN_ID = S.RUN_ID AND {match} AND L.RECORD_OFFSET > S.RECORD_OFFSET);

-- name: purge
DELETE FROM {staging} WHERE RUN_ID = ? AND RECORD_OFFSET >= ? AND RECORD_OFFSET < ?;

-- name: sum
SELECT SUM(CAST({column} AS DECIMAL(31,{scale}))) AS FIGURE FROM {staging} WHERE RUN_ID = ?;
