"""`python -m gramophone` is the command `gramophone`."""

import sys

from gramophone.cli import main

sys.exit(main())
