"""Each rule fires on a run that has what it looks for, with the run's numbers, and stays silent on a healthy one."""

from dataclasses import replace

import numpy as np
import pytest

from core.dataset import Dataset
from core.lenses.diagnosis.evidence import Evidence, logged
from core.lenses.diagnosis.rules import RULES, diagnose
from core.nn.presets import PRESETS
from core.runs.info import Evaluation
from core.runs.watched import UNLOGGED
from core.training.config import RunConfig, of_preset
from core.training.frame import STATS

START = "Embedding(27, 10)\nFlattenConsecutive(3)\n"
FEW = Dataset.from_text("\n".join(Dataset.builtin().words[:200]), "two hundred names")


def deep(layers: int, std: float, squash: str = "Tanh()", hidden: int = 100) -> str:
    inner = f"Linear({hidden}, {hidden}, std={std})\n{squash}\n" * (layers - 1)
    return f"{START}Linear(30, {hidden}, std={std})\n{squash}\n{inner}Linear({hidden}, 27)"


def plain(text: str, steps: int, **changes) -> RunConfig:
    return RunConfig(text, context=3, steps=steps, **changes)


def mlp(steps: int, **changes) -> RunConfig:
    return of_preset(PRESETS["mlp"], FEW if changes.get("dataset") else Dataset.builtin(), steps=steps, **changes)


RELU = START + "Linear(30, 100)\nReLU()\nLinear(100, 27)"
TINY = START + "Linear(30, 8)\nTanh()\nLinear(8, 27)"

# By rule: a run that breaks it, what its sentence says, and a run that is like it but for the one thing.
CASES = {
    "divergence": (mlp(400, lr=10.0), "At step 400 the loss is ", mlp(400)),
    "first-loss": (mlp(10, defect="huge-logits"), "guessing all characters alike would give 3.30", mlp(10)),
    "saturated-layer": (plain(deep(1, 1.0), 20), "% of what 4.Tanh puts out", plain(deep(1, 0.2), 20)),
    "dead-units": (plain(RELU, 20, defect="dead-relus"), "100% of the units of 4.ReLU", plain(RELU, 20)),
    "vanishing-gradients": (plain(deep(6, 0.02), 10), "at 1.Embedding is ", plain(deep(6, 0.17), 10)),
    "exploding-gradients": (plain(deep(4, 0.5, "ReLU()"), 2), "at 2.Flat", plain(deep(4, 0.14, "ReLU()"), 2)),
    "updates-too-high": (plain(deep(1, 0.2), 600, lr=1.0), "the weights of 5.Linear", plain(deep(1, 0.2), 600)),
    "updates-too-low": (mlp(300, lr=0.001), ": −5.2 as a log10", mlp(300)),
    "running-statistics": (
        of_preset(PRESETS["wavenet"], Dataset.builtin(), steps=1_000, defect="stale-statistics"),
        "the running mean of ",
        of_preset(PRESETS["wavenet"], Dataset.builtin(), steps=1_000),
    ),
    "training-mode": (mlp(200, defect="training-mode"), "in evaluation mode these weights give", mlp(200)),
    "plateau": (mlp(1_200, lr=1e-6), "guessing gives 3.30", mlp(1_200)),
    "small-batch": (mlp(400, batch_size=4), "with 4 examples a batch", mlp(400, batch_size=16)),
    "drop-due": (
        plain(TINY, 25_000, lr_drop_step=None),
        "at a learning rate of 0.1",
        plain(TINY, 25_000, lr_drop_step=20_000),
    ),
}
GAP = mlp(2_500)


def names_of(evidence: Evidence) -> list[str]:
    return [finding.rule.name for finding in diagnose(evidence)]


def test_every_rule_has_a_case_and_a_name_of_its_own():
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert set(names) == {*CASES, "train-val-gap"}


@pytest.mark.parametrize("name", CASES)
def test_it_fires_where_something_is_wrong(evidence_of, name):
    broken, said, _ = CASES[name]
    [finding] = [finding for finding in diagnose(evidence_of(broken)) if finding.rule.name == name]
    assert said in finding.evidence
    assert finding.evidence.endswith(".")
    assert f"{finding.figure.step:,}" in finding.evidence


@pytest.mark.parametrize("name", CASES)
def test_it_is_silent_where_that_is_mended(evidence_of, name):
    assert name not in names_of(evidence_of(CASES[name][2]))


def test_the_gap_between_training_and_validation(evidence_of):
    [finding] = diagnose(evidence_of(GAP, dataset=FEW))
    assert finding.rule.name == "train-val-gap"
    assert finding.evidence.startswith("At step 2,500 the validation loss is 2.")
    assert "train-val-gap" not in names_of(evidence_of(GAP))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("wavenet", 1_250),
        ("flat", 1_250),
        ("mlp", 1_250),
        ("wavenet-large", 630),
        ("wavenet-conv", 630),
        ("deep-mlp", 1_250),
        ("wavenet-bug", 630),
        ("gru", 20),
        ("lstm", 20),
        ("rnn", 20),
        ("transformer", 20),
        ("wavenet-paper", 100),
    ],
)
def test_no_card_on_a_healthy_run_at_any_moment(evidence_of, name, steps, seed):
    whole = evidence_of(name, steps=steps, seed=seed)
    assert diagnose(whole) == []
    for step in whole.steps:
        assert diagnose(evidence_of(name, at=int(step), steps=steps, seed=seed)) == []


@pytest.mark.parametrize("name", ["bigram", "bigram-nn"])
def test_no_card_on_a_bigram(evidence_of, name):
    assert diagnose(evidence_of(name, dataset=FEW)) == []


def test_a_bad_start_is_seen_from_its_first_step_on(evidence_of):
    """The course's mlp-2003, whose first steps only undo it."""
    for step in (1, 5, 100):
        assert names_of(evidence_of("mlp-2003", at=step, steps=100)) == ["first-loss", "saturated-layer"]


def test_a_loss_that_is_not_finite_is_found_at_once(evidence_of):
    evidence = evidence_of(plain(f"{START}Linear(30, 27)", 100, lr=1e30))
    assert not np.isfinite(evidence.losses[-1])
    assert names_of(evidence)[0] == "divergence"
    assert "the loss is NaN; it was " in diagnose(evidence)[0].evidence


def test_nothing_recorded_nothing_found():
    nothing = Evidence(np.empty(0, np.int64), np.empty((0, 0, 12), np.float32), (), None, np.empty(0, np.float32))
    assert diagnose(nothing) == []


def test_a_watched_run_is_judged_by_its_frames(evidence_of):
    """There is no config: nobody knows how many symbols it has, or what is to become of its learning rate."""
    watched = replace(evidence_of("mlp-2003", steps=100), config=None)
    assert names_of(watched) == ["saturated-layer"]
    assert names_of(replace(evidence_of(CASES["updates-too-low"][0]), config=None)) == ["updates-too-low"]
    assert names_of(replace(evidence_of("mlp", steps=1_250, seed=1), config=None)) == []


def then(evidence: Evidence, moments: int, update_data: float) -> Evidence:
    """The same run gone on for so many recorded moments, with steps of this size."""
    stats = np.repeat(evidence.stats[-1:], moments, axis=0)
    stats[..., STATS.index("update_data")] = update_data
    steps = evidence.steps[-1] + 100 * np.arange(1, moments + 1)
    return replace(
        evidence, steps=np.append(evidence.steps, steps), stats=np.concatenate([evidence.stats, stats]), config=None
    )


def test_a_model_that_has_learnt_what_it_can_is_not_told_that_its_steps_are_small(evidence_of):
    """They became small by themselves, as its gradients did: with its first steps it went far enough."""
    assert names_of(then(evidence_of("mlp", steps=300), 500, -6.0)) == []
    assert names_of(then(evidence_of("mlp", at=20, steps=300), 500, -6.0)) == []
    assert names_of(then(evidence_of(CASES["updates-too-low"][0]), 500, -6.0)) == ["updates-too-low"]


def test_one_large_step_does_not_hide_that_all_others_are_too_small(evidence_of):
    low = evidence_of(CASES["updates-too-low"][0])
    assert names_of(then(then(low, 1, -2.0), 500, -6.0)) == ["updates-too-low"]


def watched(*losses: float, val: float | None = None) -> Evidence:
    """What is known of a watched run without frames, whose losses are of any unit."""
    evaluations = [] if val is None else [Evaluation(len(losses), "val", val, 0)]
    return Evidence(
        *(np.empty(0, np.int64), np.empty((0, 0, 12), np.float32), (), None),
        logged(np.array(losses, np.float32)),
        evaluations,
    )


def test_a_watched_loss_is_of_any_unit():
    rising = np.linspace(-5_000.0, 20_000.0, 3_000)
    assert names_of(watched(*rising, val=90_000.0)) == []
    assert names_of(watched(*rising, np.inf)) == ["divergence"]


def test_a_loss_that_nobody_logged_is_none_that_broke():
    assert names_of(watched(*[2.0, UNLOGGED, UNLOGGED] * 1_000, val=9.0)) == []
    assert names_of(watched(*[UNLOGGED] * 9)) == []
    [finding] = diagnose(watched(*[2.0, UNLOGGED] * 10, np.nan, UNLOGGED, UNLOGGED))
    assert finding.evidence == "At step 21 the loss is NaN; it was 2.00."


def test_a_loop_that_goes_on_after_its_loss_broke_is_told_where_it_did():
    [finding] = diagnose(watched(3.0, 2.5, np.inf, UNLOGGED, *[np.nan] * 50))
    assert finding.evidence == "At step 3 the loss is Inf; it was 2.50."
    [finding] = diagnose(watched(*[np.nan] * 50))
    assert finding.evidence == "At step 1 the loss is NaN; it was never a number."
