"""`python -m conto.config.cli` is the command `conto`."""

import sys

from conto.config.cli.entrance import main

sys.exit(main())
