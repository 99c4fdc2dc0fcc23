-- name: rows
SELECT COUNT(*) AS ROWS_FINAL FROM {final} WHERE RUN_ID = ?;

-- name: overwritten
-- Rows with this run's keys that another run changed last.
SELECT F.RUN_ID, COUNT(*) AS ROWS_FINAL FROM {staging} S JOIN {final} F ON {match}
WHERE S.RUN_ID = ? AND S.SUPERSEDED = 0 AND F.RUN_ID <> ? GROUP BY F.RUN_ID;
