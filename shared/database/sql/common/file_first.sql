-- As many files as are worth showing.
SELECT * FROM {schema}.RUN_FILE WHERE RUN_ID = ? ORDER BY FILE_NO FETCH FIRST 100 ROWS ONLY;
