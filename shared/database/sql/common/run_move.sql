-- A run that is being cancelled, or has ended, is in nobody's hands any more.
UPDATE {schema}.RUN SET STATE = ?, ERROR = ?, UPDATED_AT = ?
WHERE RUN_ID = ? AND FINISHED_AT IS NULL AND STATE <> 'cancelling';
