-- Of several records with one key, the last in the file wins; the others stay staged and are not merged.
UPDATE {staging} SET SUPERSEDED = 1
WHERE RUN_ID = ? AND RECORD_OFFSET NOT IN (
    SELECT MAX(RECORD_OFFSET) FROM {staging} WHERE RUN_ID = ? GROUP BY {key});
