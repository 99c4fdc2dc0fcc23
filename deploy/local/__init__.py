"""lrecl on one machine without containers: a private broker and database, the services, one supervisor for all.

`stack.LocalStack` starts them, `python -m deploy.local` controls them from a shell, and the tests use the same classes.
All processes listen on loopback, keep their files in one folder (``home``) and end with the process that started them.
"""
