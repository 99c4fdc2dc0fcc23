"""The whole of lrecl on one machine without containers: private stand-ins, services, one supervisor over all.

`stack.LocalStack` starts it, `python -m deploy.local` drives it from a shell, and the tests use the same
classes. Everything listens on loopback, keeps its files under one home folder and ends with the process
that started it.
"""
