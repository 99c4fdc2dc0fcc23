"""A database for evaluation and tests where Db2 is not available: Apache Derby behind a gateway for IBM's driver."""
