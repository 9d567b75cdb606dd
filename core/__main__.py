"""`python -m core train --preset wavenet --steps 1000`: runs without a browser, in the app's own store."""

import os
import sys

from core.threads import ONE_THREAD

os.environ.update(ONE_THREAD)

from core.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
