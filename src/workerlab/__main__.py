"""`python -m workerlab` is the command `workerlab`."""

import sys

from workerlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
