"""``python -m lrecl``: the same as the console script ``lrecl``."""

from lrecl.cli.main import main

if __name__ == "__main__":
    main()
