-- name: insert
INSERT INTO {schema}.LEASE (NAME, HOLDER, FENCE, RENEWALS, TAKEN_AT) VALUES (?, ?, 1, 0, ?);

-- name: get
SELECT HOLDER, FENCE, RENEWALS FROM {schema}.LEASE WHERE NAME = ?;

-- name: take
-- Only from the one who was seen to be silent: of two that try, the second finds another fence.
UPDATE {schema}.LEASE SET HOLDER = ?, FENCE = FENCE + 1, RENEWALS = 0, TAKEN_AT = ? WHERE NAME = ? AND FENCE = ?;

-- name: renew
UPDATE {schema}.LEASE SET RENEWALS = RENEWALS + 1 WHERE NAME = ? AND FENCE = ?;

-- name: release
UPDATE {schema}.LEASE SET HOLDER = '' WHERE NAME = ? AND FENCE = ?;

-- name: check
-- Read stability keeps the row until the commit: nobody takes the lease between the look and the commit.
SELECT HOLDER, FENCE FROM {schema}.LEASE WHERE NAME = ? WITH RS;
