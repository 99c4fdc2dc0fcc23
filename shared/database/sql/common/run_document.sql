-- name: insert
INSERT INTO {schema}.RUN_DOCUMENT (RUN_ID, KIND, PART, CONTENT) VALUES (?, ?, ?, ?);

-- name: get
SELECT CONTENT FROM {schema}.RUN_DOCUMENT WHERE RUN_ID = ? AND KIND = ? ORDER BY PART;

-- name: delete
DELETE FROM {schema}.RUN_DOCUMENT WHERE RUN_ID = ? AND KIND = ?;
