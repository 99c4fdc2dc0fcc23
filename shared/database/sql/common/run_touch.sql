-- Holds the run's row until the end of the transaction.
UPDATE {schema}.RUN SET UPDATED_AT = ? WHERE RUN_ID = ?;
