-- Runs over several files, records of several types, and the lease of the acting orchestrator.

-- The record length when all records have the same. The number of records then follows from the bytes.
ALTER TABLE {schema}.RUN ADD COLUMN RECORD_LENGTH INTEGER;

-- The files of a run, in the order in which they are read. RUN has the pattern, the sum of the sizes and the digest of
-- all files. The last three columns are set when the file is divided: its compression, and the range of its
-- uncompressed content between header and trailer.
CREATE TABLE {schema}.RUN_FILE (
    RUN_ID VARCHAR(32) NOT NULL,
    FILE_NO INTEGER NOT NULL,
    FILE_PATH VARCHAR(1024) NOT NULL,
    FILE_BYTES BIGINT NOT NULL,
    FILE_MTIME_NS BIGINT NOT NULL,
    FILE_DIGEST CHAR(64) NOT NULL,
    COMPRESSION VARCHAR(8),
    DATA_START BIGINT,
    DATA_END BIGINT,
    PRIMARY KEY (RUN_ID, FILE_NO)
);

-- Offsets of a split count in its file. The columns are the file and block in which it begins, and the records before.
ALTER TABLE {schema}.SPLIT ADD COLUMN FILE_NO INTEGER NOT NULL DEFAULT 0;
ALTER TABLE {schema}.SPLIT ADD COLUMN BLOCK_END BIGINT NOT NULL DEFAULT 0;
ALTER TABLE {schema}.SPLIT ADD COLUMN RECORDS_BEFORE BIGINT NOT NULL DEFAULT 0;

-- Records that the job skips, and the position at which reading can continue after a batch.
ALTER TABLE {schema}.BATCH ADD COLUMN RECORDS_SKIPPED INTEGER NOT NULL DEFAULT 0;
ALTER TABLE {schema}.BATCH ADD COLUMN FIRST_RECORD_NO BIGINT NOT NULL DEFAULT 0;
ALTER TABLE {schema}.BATCH ADD COLUMN BLOCK_END BIGINT NOT NULL DEFAULT 0;

-- ATTEMPT grows with every resumption. Commands of earlier attempts may be dropped. REREAD requests that the missing
-- batches are read again. PURGED_AT: the staged rows were deleted, so the run cannot be resumed.
ALTER TABLE {schema}.RUN ADD COLUMN ATTEMPT INTEGER NOT NULL DEFAULT 1;
ALTER TABLE {schema}.RUN ADD COLUMN REREAD SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE {schema}.RUN ADD COLUMN PURGED_AT TIMESTAMP;

-- The acting orchestrator. FENCE grows when the holder changes, so writes of an earlier holder have an older fence.
-- RENEWALS grows while the holder is alive. The standby observes it, and no clocks are compared.
CREATE TABLE {schema}.LEASE (
    NAME VARCHAR(64) NOT NULL,
    HOLDER VARCHAR(128) NOT NULL,
    FENCE BIGINT NOT NULL,
    RENEWALS BIGINT NOT NULL,
    TAKEN_AT TIMESTAMP NOT NULL,
    PRIMARY KEY (NAME)
);
