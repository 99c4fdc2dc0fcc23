-- name: insert
INSERT INTO {schema}.LEASE (NAME, HOLDER, FENCE, RENEWALS, TAKEN_AT) VALUES (?, ?, 1, 0, ?);

-- name: get
SELECT HOLDER, FENCE, RENEWALS FROM {schema}.LEASE WHERE NAME = ?;

-- name: take
-- Only while the fence is the one that was read. When two orchestrators try, the second finds another fence.
UPDATE {schema}.LEASE SET HOLDER = ?, FENCE = FENCE + 1, RENEWALS = 0, TAKEN_AT = ? WHERE NAME = ? AND FENCE = ?;

-- name: renew
UPDATE {schema}.LEASE SET RENEWALS = RENEWALS + 1 WHERE NAME = ? AND FENCE = ?;

-- name: release
UPDATE {schema}.LEASE SET HOLDER = '' WHERE NAME = ? AND FENCE = ?;

-- name: check
-- Read stability keeps the share lock on the row until the commit: nobody takes the lease before it.
SELECT HOLDER, FENCE FROM {schema}.LEASE WHERE NAME = ? WITH RS;
