"""Sample data for a job: a file of records, its control file, and a list of the bad records in it."""

from shared.sample.generate import Sample, generate

__all__ = ["Sample", "generate"]
