"""Made-up frames: what a probe would record of a wavenet, without a model."""

import numpy as np
import pytest

from core.training.frame import BINS, STATS, Frame, TensorInfo

LAYERS = (
    ("1.Embedding", (32, 8, 10)),
    ("2.FlattenConsecutive", (32, 4, 20)),
    ("3.Linear", (32, 4, 68)),
    ("4.BatchNorm1d", (32, 4, 68)),
    ("5.Tanh", (32, 4, 68)),
    ("6.FlattenConsecutive", (32, 272)),
    ("7.Linear", (32, 27)),
)
WEIGHTS = {"1.Embedding": (27, 10), "3.Linear": (20, 68), "4.BatchNorm1d": (68,), "7.Linear": (272, 27)}


def look(values: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
    """The statistics and the histogram of one tensor, as `Frame` describes them."""
    finite = values[np.isfinite(values)]
    stats = dict.fromkeys(STATS, np.nan) | {"nan": np.isnan(values).sum(), "inf": np.isinf(values).sum()}
    if not finite.size:
        return stats, np.zeros(BINS, int)
    least, most = finite.min(), finite.max()
    room = 0.0 if most > least else abs(least) / 2 or 0.5
    low, high = least - room, most + room
    stats |= {"mean": finite.mean(), "std": finite.std(ddof=1), "min": least, "max": most, "low": low, "high": high}
    return stats, np.histogram(finite, BINS, (low, high))[0]


@pytest.fixture
def make_frame():
    """make_frame(step=1, scale=1.0, broken=None): `broken` names a layer whose outputs are NaN and Inf."""

    def make(step: int = 1, scale: float = 1.0, broken: str | None = None, seed: int = 0) -> Frame:
        rng = np.random.default_rng(seed)
        infos, stats, counts = [], [], []

        def add(name, role, layer, shape, values, **more):
            row, histogram = look(values)
            infos.append(TensorInfo(name, role, layer, shape))
            stats.append([(row | more)[key] for key in STATS])
            counts.append(histogram)

        for name, shape in LAYERS:
            values, more = rng.normal(size=shape) * scale, {}
            if name.endswith("Tanh"):
                values = np.tanh(values)
                more = {"saturated": (np.abs(values) > 0.97).mean(), "dead": 0.25}
            if name == broken:
                values.ravel()[:30], values.ravel()[30:] = np.inf, np.nan
            add(name, "output", name, shape, values, **more)
            add(name, "output_grad", name, shape, rng.standard_t(3, size=shape) * 1e-3)
            if name in WEIGHTS:
                weight = rng.normal(size=WEIGHTS[name])
                ratios = {"grad_data": 0.01, "update_data": -3.0 - len(infos) / 10}
                add(f"{name}.weight", "weight", name, WEIGHTS[name], weight, **ratios)
                add(f"{name}.weight", "weight_grad", name, WEIGHTS[name], weight * 0.01)
        maps = {
            "5.Tanh": (np.tanh(rng.normal(size=(32, 68)) * scale) * 127).astype(np.int8),
            "4.BatchNorm1d.batch_mean": rng.normal(size=68).astype(np.float32),
            "4.BatchNorm1d.batch_var": rng.random(68).astype(np.float32),
            "4.BatchNorm1d.running_mean": rng.normal(size=68).astype(np.float32),
            "4.BatchNorm1d.running_var": rng.random(68).astype(np.float32),
        }
        return Frame(step, 2.3, 0.1, tuple(infos), np.array(stats, np.float32), np.array(counts, np.int32), maps)

    return make
