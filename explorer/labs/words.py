"""The words that a lab computes with.

>>> words().vocab_size
27
"""

from core.dataset import Dataset
from explorer.feeds import recorded
from explorer.panels.model_source import known_run


def words() -> Dataset:
    """Those of the current run where there is one, else the built-in names. Raises StoreError."""
    run_id = known_run()
    return recorded.store().dataset(recorded.config(run_id).dataset if run_id else "")
