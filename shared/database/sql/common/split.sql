-- name: insert
INSERT INTO {schema}.SPLIT (RUN_ID, SPLIT_NO, FILE_NO, START_OFFSET, END_OFFSET, BLOCK_END, RECORDS_BEFORE, READ_TO,
    BATCHES, RECORDS)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0);

-- name: list
SELECT * FROM {schema}.SPLIT WHERE RUN_ID = ? ORDER BY SPLIT_NO;

-- name: first
-- The first splits for a display. Those that are still being read come first.
SELECT S.*, CASE WHEN READ_TO < END_OFFSET THEN 0 ELSE 1 END AS DONE FROM {schema}.SPLIT S
WHERE RUN_ID = ? ORDER BY DONE, SPLIT_NO FETCH FIRST 100 ROWS ONLY;

-- name: sums
SELECT COUNT(*) AS SPLITS,
    COALESCE(SUM(CASE WHEN READ_TO < END_OFFSET THEN 1 ELSE 0 END), 0) AS UNREAD,
    COALESCE(SUM(READ_TO - START_OFFSET), 0) AS BYTES_READ,
    COALESCE(SUM(BATCHES), 0) AS BATCHES,
    COALESCE(SUM(RECORDS), 0) AS RECORDS
FROM {schema}.SPLIT WHERE RUN_ID = ?;

-- name: report
-- A report only moves a split forward. A repeated or late report changes nothing.
UPDATE {schema}.SPLIT SET READ_TO = ?, BATCHES = ?, RECORDS = ?, READER_ID = ?, REPORTED_AT = ?
WHERE RUN_ID = ? AND SPLIT_NO = ? AND READ_TO < ?;

-- name: unread
UPDATE {schema}.SPLIT SET READ_TO = START_OFFSET, BATCHES = 0, RECORDS = 0 WHERE RUN_ID = ? AND SPLIT_NO = ?;
