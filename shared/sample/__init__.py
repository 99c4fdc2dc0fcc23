"""Sample data for a job: a file of records, its control side file, and the truth about the bad records in it."""

from shared.sample.generate import Sample, generate

__all__ = ["Sample", "generate"]
