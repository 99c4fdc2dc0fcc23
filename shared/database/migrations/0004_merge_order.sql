-- Runs merge into a final table in the order of their registration.

-- The run may overwrite the data of runs that were registered after it: somebody retried it with force.
ALTER TABLE {schema}.RUN ADD COLUMN OVERWRITE SMALLINT NOT NULL DEFAULT 0;
