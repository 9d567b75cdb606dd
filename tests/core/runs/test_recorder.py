import numpy as np

from core.dataset import Dataset
from core.nn.presets import PRESETS
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.config import of_preset

WORDS = Dataset.from_text("emma\nolivia\nava\n" * 20, "three names")


def test_losses_come_back_as_they_were_whatever_they_were_counted_in(tmp_path):
    store = Store(tmp_path)
    run_id = store.create(of_preset(PRESETS["mlp"], WORDS, steps=10), WORDS, paused=True)
    recorder = Recorder(store.database, run_id)
    recorder.losses(1, np.array([3.5, 3.25], np.float64))
    recorder.losses(3, [3.0])
    recorder.losses(4, np.array([2.5], np.float32))
    recorder.flush()
    assert store.losses(run_id).tolist() == [3.5, 3.25, 3.0, 2.5]
