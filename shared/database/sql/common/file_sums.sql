-- Bytes of data in all files; of files not divided yet, their size stands for it.
SELECT COUNT(*) AS FILES,
    COALESCE(SUM(CASE WHEN DATA_END IS NULL THEN FILE_BYTES ELSE DATA_END - DATA_START END), 0) AS DATA_BYTES
FROM {schema}.RUN_FILE WHERE RUN_ID = ?;
