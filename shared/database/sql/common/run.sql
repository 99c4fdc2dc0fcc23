-- name: insert
INSERT INTO {schema}.RUN (RUN_ID, JOB, STATE, FORCED, FILE_PATH, FILE_BYTES, FILE_MTIME_NS, FILE_DIGEST, JOB_DIGEST,
    COPYBOOK_DIGEST, CONTROL_FIGURES, REQUESTED_BY, RECORD_LENGTH, CREATED_AT, UPDATED_AT)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: get
SELECT * FROM {schema}.RUN WHERE RUN_ID = ?;

-- name: list
SELECT * FROM {schema}.RUN {where} ORDER BY CREATED_AT DESC, RUN_ID DESC FETCH FIRST {limit} ROWS ONLY;

-- name: same_files
-- Runs of the same job and the same unchanged file or pattern, newest first.
SELECT RUN_ID, STATE FROM {schema}.RUN
WHERE JOB = ? AND FILE_PATH = ? AND FILE_BYTES = ? AND FILE_MTIME_NS = ? ORDER BY CREATED_AT DESC;

-- name: control
UPDATE {schema}.RUN SET CONTROL_FIGURES = ?, UPDATED_AT = ? WHERE RUN_ID = ?;

-- name: identified
UPDATE {schema}.RUN SET FILE_DIGEST = ?, UPDATED_AT = ? WHERE RUN_ID = ?;

-- name: unfinished
SELECT RUN_ID FROM {schema}.RUN WHERE FINISHED_AT IS NULL ORDER BY CREATED_AT;

-- name: count
SELECT JOB, STATE, COUNT(*) AS RUNS, MAX(FINISHED_AT) AS LAST_FINISHED FROM {schema}.RUN GROUP BY JOB, STATE;

-- name: stopped
-- Runs whose remaining messages in the queues may be dropped.
SELECT RUN_ID, ATTEMPT FROM {schema}.RUN WHERE STATE IN ({states})
ORDER BY UPDATED_AT DESC FETCH FIRST 50 ROWS ONLY;

-- name: hold
-- Locks the run's row until the end of the transaction.
UPDATE {schema}.RUN SET UPDATED_AT = ? WHERE RUN_ID = ?;

-- name: move
-- Only from the states that the table of moves permits.
UPDATE {schema}.RUN SET STATE = ?, ERROR = ?, UPDATED_AT = ? WHERE RUN_ID = ? AND STATE IN ({states});

-- name: end
UPDATE {schema}.RUN SET STATE = ?, ERROR = ?, EXIT_CODE = ?, UPDATED_AT = ?, FINISHED_AT = ?
WHERE RUN_ID = ? AND STATE IN ({states});

-- name: reopen
UPDATE {schema}.RUN SET STATE = ?, ERROR = NULL, EXIT_CODE = NULL, FINISHED_AT = NULL, UPDATED_AT = ?, ATTEMPT = ATTEMPT + 1,
    REREAD = ?, FORCED = ?, OVERWRITE = ?
WHERE RUN_ID = ? AND STATE IN ({states});

-- name: reread_done
UPDATE {schema}.RUN SET REREAD = 0, UPDATED_AT = ? WHERE RUN_ID = ?;

-- name: purged
UPDATE {schema}.RUN SET PURGED_AT = ?, UPDATED_AT = ? WHERE RUN_ID = ? AND FINISHED_AT IS NOT NULL;
