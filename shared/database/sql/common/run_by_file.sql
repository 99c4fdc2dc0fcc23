-- Runs of the same job and content, newest first.
SELECT RUN_ID, STATE FROM {schema}.RUN WHERE JOB = ? AND FILE_DIGEST = ? ORDER BY CREATED_AT DESC;
