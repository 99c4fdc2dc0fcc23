-- A report only ever moves a split forward: a repeated or overtaken one changes nothing.
UPDATE {schema}.SPLIT SET READ_TO = ?, BATCHES = ?, RECORDS = ?, READER_ID = ?, REPORTED_AT = ?
WHERE RUN_ID = ? AND SPLIT_NO = ? AND READ_TO < ?;
