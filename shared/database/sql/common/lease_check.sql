-- Read stability keeps the row until the commit: nobody takes the lease between the look and the commit.
SELECT HOLDER, FENCE FROM {schema}.LEASE WHERE NAME = ? WITH RS;
