-- Runs for which nothing more need be read: what of them still is in the queues may be dropped.
SELECT RUN_ID, ATTEMPT FROM {schema}.RUN WHERE STATE IN ('cancelling', 'cancelled', 'failed')
ORDER BY UPDATED_AT DESC FETCH FIRST 50 ROWS ONLY;
