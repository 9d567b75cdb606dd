"""One thread a process, whatever the server's own environment says."""

import os
import subprocess
import sys

import pytest

from core.runs.supervisor import ROOT


@pytest.mark.parametrize("module", ["core.__main__", "benchmarks.store", "benchmarks.engine"])
def test_a_process_that_trains_has_one_thread_whatever_the_environment_says(module):
    code = f"import {module}, numba, torch; print(torch.get_num_threads(), numba.get_num_threads())"
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "2")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["1", "1"], done.stderr


def test_the_variables_can_be_set_before_anything_reads_them():
    code = "import core.threads, sys; print([m for m in ('numpy', 'torch', 'numba') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
