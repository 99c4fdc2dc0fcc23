-- Times that sum over attempts, files known one by one, and the order in which runs merge into a final table.

-- The exit code of a run that has ended.
ALTER TABLE {schema}.RUN ADD COLUMN EXIT_CODE SMALLINT;

-- Milliseconds of a stage's earlier attempts; STARTED_AT and FINISHED_AT are the last one's.
ALTER TABLE {schema}.RUN_STAGE ADD COLUMN ATTEMPTS INTEGER NOT NULL DEFAULT 1;
ALTER TABLE {schema}.RUN_STAGE ADD COLUMN MILLIS_BEFORE BIGINT NOT NULL DEFAULT 0;

-- The run that has loaded, or loads, the content of this file: this run leaves it out.
ALTER TABLE {schema}.RUN_FILE ADD COLUMN LOADED_BY VARCHAR(32);
CREATE INDEX {schema}.RUN_FILE_BY_DIGEST ON {schema}.RUN_FILE (FILE_DIGEST);

-- One run at a time merges into a final table and verifies. TURN grows with every merge into the table, and shows which
-- of two runs changed a row last. FIRST_TURN is the turn in which an interrupted run began.
CREATE TABLE {schema}.MERGE_TURN (
    FINAL_TABLE VARCHAR(300) NOT NULL,
    RUN_ID VARCHAR(32) NOT NULL,
    STATE VARCHAR(20) NOT NULL,
    FIRST_TURN BIGINT NOT NULL,
    TURN BIGINT NOT NULL,
    PRIMARY KEY (FINAL_TABLE, RUN_ID)
);
CREATE INDEX {schema}.MERGE_TURN_BY_RUN ON {schema}.MERGE_TURN (RUN_ID);
