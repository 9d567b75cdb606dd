"""`python -m core train --preset wavenet --steps 1000`: runs without a browser, in the app's own store."""

import os
import sys

# One thread each: a step's arrays are too small to share out, and waiting for one another costs several times the work.
# The libraries read these once, when numpy, torch and numba are first imported.
for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

from core.cli.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
