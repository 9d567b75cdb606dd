"""The app as the README starts it, for tests in a browser and for benchmarks."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import eventually

ROOT = Path(__file__).parent.parent


@contextmanager
def running_app(home: Path) -> Iterator[str]:
    """Runs `streamlit run` on a free port over the runs in `home`; gives the address once the app answers.

    >>> with running_app(tmp_path) as url: page.goto(url)
    """
    port = _free_port()
    home.mkdir(parents=True, exist_ok=True)
    with (home / "app.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "--server.port", str(port), "--server.headless", "true"],
            cwd=ROOT,
            env=os.environ | {"EXPLORER_HOME": str(home)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            eventually(lambda: _healthy(url), within=60, poll=0.05)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
