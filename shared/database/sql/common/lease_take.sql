-- Only from the one who was seen to be silent: of two that try, the second finds another fence.
UPDATE {schema}.LEASE SET HOLDER = ?, FENCE = FENCE + 1, RENEWALS = 0, TAKEN_AT = ? WHERE NAME = ? AND FENCE = ?;
