"""`python -m panoptes` is the command `panoptes`."""

import sys

from panoptes.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
