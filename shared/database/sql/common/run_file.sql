-- name: insert
INSERT INTO {schema}.RUN_FILE (RUN_ID, FILE_NO, FILE_PATH, FILE_BYTES, FILE_MTIME_NS, FILE_DIGEST)
VALUES (?, ?, ?, ?, ?, '');

-- name: list
SELECT * FROM {schema}.RUN_FILE WHERE RUN_ID = ? ORDER BY FILE_NO;

-- name: first
-- The first files for a display.
SELECT * FROM {schema}.RUN_FILE WHERE RUN_ID = ? ORDER BY FILE_NO FETCH FIRST 100 ROWS ONLY;

-- name: sums
-- Bytes of data in the files to load. The size of a file counts until it has been divided.
SELECT COUNT(*) AS FILES,
    COALESCE(SUM(FILE_BYTES), 0) AS FILE_BYTES,
    COALESCE(SUM(CASE WHEN FILE_DIGEST = '' THEN 0 ELSE FILE_BYTES END), 0) AS HASHED_BYTES,
    COALESCE(SUM(CASE WHEN LOADED_BY IS NOT NULL THEN 0 WHEN DATA_END IS NULL THEN FILE_BYTES
        ELSE DATA_END - DATA_START END), 0) AS DATA_BYTES,
    COALESCE(SUM(CASE WHEN LOADED_BY IS NULL AND DATA_END IS NULL THEN 1 ELSE 0 END), 0) AS UNDIVIDED
FROM {schema}.RUN_FILE WHERE RUN_ID = ?;

-- name: hashed
UPDATE {schema}.RUN_FILE SET FILE_DIGEST = ? WHERE RUN_ID = ? AND FILE_NO = ?;

-- name: left_out
UPDATE {schema}.RUN_FILE SET LOADED_BY = ? WHERE RUN_ID = ? AND FILE_NO = ?;

-- name: same_content
-- Other runs of the job that are known to load, or to have loaded, the content of a file of this run. A run whose own
-- digest is not set has not claimed its files yet.
SELECT M.FILE_NO, R.RUN_ID, R.STATE
FROM {schema}.RUN_FILE M
JOIN {schema}.RUN_FILE F ON F.FILE_DIGEST = M.FILE_DIGEST AND F.RUN_ID <> M.RUN_ID
JOIN {schema}.RUN R ON R.RUN_ID = F.RUN_ID
WHERE M.RUN_ID = ? AND R.JOB = ? AND M.FILE_DIGEST <> '' AND M.LOADED_BY IS NULL AND F.LOADED_BY IS NULL
    AND R.FILE_DIGEST <> '' AND R.STATE IN ({states})
ORDER BY M.FILE_NO, R.CREATED_AT;

-- name: divided
UPDATE {schema}.RUN_FILE SET COMPRESSION = ?, DATA_START = ?, DATA_END = ? WHERE RUN_ID = ? AND FILE_NO = ?;
