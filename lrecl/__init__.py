"""lrecl's face: the command line, which talks to the orchestrator's API and works on files by itself.

Nothing of the services imports this package, and it imports nothing of theirs.
"""
