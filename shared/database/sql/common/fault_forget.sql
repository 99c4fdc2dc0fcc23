-- What stopped the run once is told again if it still is so.
DELETE FROM {schema}.RUN_FAULT WHERE RUN_ID = ? AND FATAL = 1;
