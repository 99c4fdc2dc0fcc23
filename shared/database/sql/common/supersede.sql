-- Of several records with one key, the last in the file wins; the others stay staged and are not merged.
UPDATE {staging} S SET SUPERSEDED = 1
WHERE S.RUN_ID = ? AND EXISTS (
    SELECT 1 FROM {staging} L
    WHERE L.RUN_ID = S.RUN_ID AND {match} AND L.RECORD_OFFSET > S.RECORD_OFFSET);
