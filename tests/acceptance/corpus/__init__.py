"""Cases that others wrote, run through lrecl: their options become a job definition, their expectations are compared.

cases       what the index lists
options     one option of the source after the other, each with what it means in a job
definition  a case as a job in a folder of its own
rows        the job's rows, as the source shows them
comparing   rows against what is expected
"""
