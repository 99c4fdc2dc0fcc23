-- name: unfinished
-- Runs that wait for a final table or merge into it, in the order in which they were registered.
SELECT T.RUN_ID, T.STATE FROM {schema}.MERGE_TURN T JOIN {schema}.RUN R ON R.RUN_ID = T.RUN_ID
WHERE T.FINAL_TABLE = ? AND T.STATE <> ? ORDER BY R.CREATED_AT, R.RUN_ID;

-- name: last
SELECT COALESCE(MAX(TURN), 0) AS TURN FROM {schema}.MERGE_TURN WHERE FINAL_TABLE = ?;

-- name: later
-- Runs that were registered after the given one and have merged into the table, the last merge first.
SELECT T.RUN_ID FROM {schema}.MERGE_TURN T
JOIN {schema}.RUN R ON R.RUN_ID = T.RUN_ID
JOIN {schema}.RUN M ON M.CREATED_AT < R.CREATED_AT OR (M.CREATED_AT = R.CREATED_AT AND M.RUN_ID < R.RUN_ID)
WHERE T.FINAL_TABLE = ? AND M.RUN_ID = ? AND T.TURN > 0 ORDER BY T.TURN DESC;

-- name: get
SELECT FIRST_TURN, TURN FROM {schema}.MERGE_TURN WHERE FINAL_TABLE = ? AND RUN_ID = ?;

-- name: insert
INSERT INTO {schema}.MERGE_TURN (FINAL_TABLE, RUN_ID, STATE, FIRST_TURN, TURN) VALUES (?, ?, ?, 0, 0);

-- name: move
UPDATE {schema}.MERGE_TURN SET STATE = ? WHERE FINAL_TABLE = ? AND RUN_ID = ?;

-- name: take
UPDATE {schema}.MERGE_TURN SET TURN = ?, FIRST_TURN = ? WHERE FINAL_TABLE = ? AND RUN_ID = ?;

-- name: end
UPDATE {schema}.MERGE_TURN SET STATE = ? WHERE RUN_ID = ?;
