-- Runs over several files, records of several types, and the lease of the acting orchestrator.

-- LRECL where all records have one, so that their number follows from the bytes.
ALTER TABLE {schema}.RUN ADD COLUMN RECORD_LENGTH INTEGER;

-- The files of a run, in the order in which they are read; RUN's own columns hold the pattern, the sum of the sizes and
-- the digest over all. The last three columns are found when the file is divided: how it is compressed, and the bytes of
-- its uncompressed content between header and trailer.
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

-- Offsets of a split are its file's own. Where it begins: in which file, in which block, behind how many records of the file.
ALTER TABLE {schema}.SPLIT ADD COLUMN FILE_NO INTEGER NOT NULL DEFAULT 0;
ALTER TABLE {schema}.SPLIT ADD COLUMN BLOCK_END BIGINT NOT NULL DEFAULT 0;
ALTER TABLE {schema}.SPLIT ADD COLUMN RECORDS_BEFORE BIGINT NOT NULL DEFAULT 0;

-- Records that the job reads over, and the place at which reading can go on behind a batch.
ALTER TABLE {schema}.BATCH ADD COLUMN RECORDS_SKIPPED INTEGER NOT NULL DEFAULT 0;
ALTER TABLE {schema}.BATCH ADD COLUMN FIRST_RECORD_NO BIGINT NOT NULL DEFAULT 0;
ALTER TABLE {schema}.BATCH ADD COLUMN BLOCK_END BIGINT NOT NULL DEFAULT 0;

-- ATTEMPT grows with every resumption: what was commanded before it may be dropped. REREAD asks for the missing batches
-- to be read again. PURGED_AT: the staged rows are gone, and with them the way to go on.
ALTER TABLE {schema}.RUN ADD COLUMN ATTEMPT INTEGER NOT NULL DEFAULT 1;
ALTER TABLE {schema}.RUN ADD COLUMN REREAD SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE {schema}.RUN ADD COLUMN PURGED_AT TIMESTAMP;

-- Who acts. FENCE grows with every change of hands; what an earlier holder still tries to write carries an older one.
-- RENEWALS grows while the holder lives: others watch whether it does, so that no two clocks have to agree.
CREATE TABLE {schema}.LEASE (
    NAME VARCHAR(64) NOT NULL,
    HOLDER VARCHAR(128) NOT NULL,
    FENCE BIGINT NOT NULL,
    RENEWALS BIGINT NOT NULL,
    TAKEN_AT TIMESTAMP NOT NULL,
    PRIMARY KEY (NAME)
);
