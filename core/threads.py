"""One thread for each process that trains.

A step's arrays are too small to share out: waiting for one another costs threads several times the work.

>>> os.environ.update(ONE_THREAD)     # before numpy, torch and numba are first imported: they read it once
"""

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
