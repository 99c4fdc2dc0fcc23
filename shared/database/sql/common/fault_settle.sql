-- The message is on its way again: should it fail again, the fault is reported again.
DELETE FROM {schema}.RUN_FAULT WHERE RUN_ID = ? AND BATCH_NO = ? AND FATAL = 0;
