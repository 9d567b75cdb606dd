"""What ticks keeps its spec, so that the picture does not flicker."""

from core.runs.recorder import Recorder
from core.runs.store import Store
from explorer.charts.loss import loss_chart
from explorer.charts.ratios import ratios
from explorer.panels.live_chart import spec_of
from tests.explorer.app import app, spec
from tests.explorer.recorded import falling, record


def test_the_spec_of_the_loss_picture_is_the_same_from_one_tick_to_the_next(home):
    run_id = record(home, falling(40), state="paused", steps=5_000)
    at = app("train", run=run_id)
    before, rows = spec(at), _bytes(at)
    store = Store(home)
    recorder = Recorder(store.database, run_id)
    recorder.losses(41, falling(4_000)[40:])
    recorder.status(step=4_000)
    recorder.flush()
    at = app("train", run=run_id, step="3000")
    assert spec(at) == before
    assert _bytes(at) != rows


def test_the_spec_holds_no_rows(home):
    run_id = record(home, falling(3_000))
    at = app("train", run=run_id)
    assert len(spec(at)) < 14_000
    names = {dataset.name for dataset in at.get("vega_lite_chart")[0].proto.datasets}
    assert names == {"raw", "smooth", "validation", "rate", "broken", "anchors", "ticks", "moment"}


def test_a_spec_is_built_once_a_theme_and_option():
    assert spec_of(loss_chart, "light", log=True) is spec_of(loss_chart, "light", log=True)
    assert spec_of(loss_chart, "light", log=True) != spec_of(loss_chart, "dark", log=True)


def test_no_number_of_marks_changes_the_renderer():
    """Streamlit takes another from 2,000 marks on, which builds the view anew while one watches."""
    for chart, options in ((loss_chart, {}), (ratios, {"names": ("1.Linear.weight",), "kind": "update_data"})):
        assert spec_of(chart, "light", **options)["usermeta"]["embedOptions"]["renderer"] == "canvas"


def _bytes(at) -> list[bytes]:
    return [dataset.data.data for dataset in at.get("vega_lite_chart")[0].proto.datasets]
