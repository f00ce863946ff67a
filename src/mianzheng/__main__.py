"""`python -m mianzheng` is the command `mianzheng`."""

import sys

from mianzheng.cli.main import main

sys.exit(main())
