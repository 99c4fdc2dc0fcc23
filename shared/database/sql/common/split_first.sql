-- As many splits as are worth showing, those first that are still read.
SELECT S.*, CASE WHEN READ_TO < END_OFFSET THEN 0 ELSE 1 END AS DONE FROM {schema}.SPLIT S
WHERE RUN_ID = ? ORDER BY DONE, SPLIT_NO FETCH FIRST 100 ROWS ONLY;
