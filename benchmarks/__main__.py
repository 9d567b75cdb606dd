"""`make bench`: every figure of the README, measured on this machine, one part after the other."""

import subprocess
import sys

PARTS = {
    "engine": "The engine against the course's style of loop",
    "store": "Starting, pausing, stepping; the store",
    "watch": "Watching a loop of one's own, beside TensorBoard",
    "app": "Pages, a class that watches, one person who watches",
}


def main() -> int:
    status = 0
    for part, title in PARTS.items():
        print(f"\n== {title} (python -m benchmarks.{part})", flush=True)
        # A process of its own each, so that no part warms up, or slows down, the next.
        status |= subprocess.run([sys.executable, "-m", f"benchmarks.{part}"], check=False).returncode
    return status


if __name__ == "__main__":
    sys.exit(main())
