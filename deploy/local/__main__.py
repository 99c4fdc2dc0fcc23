"""``python -m deploy.local``: see `cli`."""

from deploy.local.cli import main

raise SystemExit(main())
