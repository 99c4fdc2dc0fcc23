-- name: insert
INSERT INTO {schema}.RUN_STAGE (RUN_ID, STAGE, STATE, STARTED_AT) VALUES (?, ?, ?, ?);

-- name: list
SELECT * FROM {schema}.RUN_STAGE WHERE RUN_ID = ? ORDER BY STARTED_AT;

-- name: begin
-- Again, after the run was reopened.
UPDATE {schema}.RUN_STAGE SET STATE = ?, STARTED_AT = ?, ATTEMPTS = ATTEMPTS + 1
WHERE RUN_ID = ? AND STAGE = ? AND STATE IN ({states});

-- name: move
UPDATE {schema}.RUN_STAGE SET STATE = ?, ERROR = ? WHERE RUN_ID = ? AND STAGE = ? AND STATE IN ({states});

-- name: end
UPDATE {schema}.RUN_STAGE SET STATE = ?, FINISHED_AT = ?, FIGURES = ?, ERROR = ?
WHERE RUN_ID = ? AND STAGE = ? AND STATE IN ({states});

-- name: reopen
-- The time of this attempt is kept; figures and error belong to the attempt that ended.
UPDATE {schema}.RUN_STAGE SET STATE = ?, MILLIS_BEFORE = ?, FINISHED_AT = NULL, FIGURES = NULL, ERROR = NULL
WHERE RUN_ID = ? AND STAGE = ? AND STATE IN ({states});
