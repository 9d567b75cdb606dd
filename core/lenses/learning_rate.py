"""The learning-rate finder: a step at each of ever larger learning rates, and where its losses have their valley.

    >>> finding = find(RunConfig(model=preset("mlp").text(27), context=3), Dataset.builtin())
    >>> round(finding.start, 1), finding.exploded        # exponents: a learning rate of about 10 ** -1
    (-1.2, None)

As in the course: 1,000 steps, the s-th of them at the learning rate 10 ** e for e from -3 to 0 in equal steps.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.dataset import Dataset
from core.training.config import RunConfig
from core.training.trainer import Diverged, Trainer

LOWEST, HIGHEST = -6.0, 2.0  # exponents
FEWEST, MOST = 100, 10_000  # steps
SMOOTHING = 0.025  # std of the Gaussian that weights neighbouring steps, as a share of all steps
DEPTH = 1.03  # the valley is where the smoothed loss is at most so many times its lowest
FALL = 1.1  # a loss that was not so many times its lowest at first has hardly fallen
RISEN = 1.15  # once the smoothed loss is so many times its lowest so far, the valley has been crossed
RECENT, EXPLODED = 20, 4.0  # steps of a mean, and how many times the lowest such mean is an explosion
CHUNK = 50  # steps between two looks at what they did, at most; fewer where they take longer than TICK
TICK = 0.25  # seconds between two calls of `progress`
USUAL, SHORT = 1_000, 150  # steps of a search where they are fast, and where they are slow
PATIENCE = 4.0  # seconds that a search had better take, and of which a slow model's steps are as many as fit
TRIED, TRIAL = 20, 0.3  # steps that are timed for that, and the seconds after which no further one is
MOST_WORK = 1e12  # floating-point operations: more is refused at once, what else takes long is stopped by the clock
LIMIT = 180.0  # seconds


class FinderError(ValueError):
    """One clear sentence: what is wrong with what the finder was given, and what to do."""


@dataclass(frozen=True)
class Finding:
    """The losses of a rising learning rate, and what is read off them. All rates are exponents of ten."""

    exponents: np.ndarray  # float64 (taken,): of each step's learning rate
    losses: np.ndarray  # float32 (taken,): single batches; the last one may be NaN or Inf
    smooth: np.ndarray  # float64 (taken,): their mean on a log scale, weighted by a Gaussian; NaN where a loss is none
    lowest: float  # where the smoothed loss is lowest, before it has clearly risen again
    steepest: float  # where, before that, it falls most steeply
    start: float  # the valley, around `lowest`: from here ...
    end: float  # ... to here the smoothed loss is at most DEPTH times its lowest
    exploded: float | None  # where the loss exploded, so that no larger rate was tried
    late: float | None = None  # where the time was up, likewise

    @property
    def flat(self) -> bool:
        """Does the loss hardly fall at any rate, as of a model that has learnt already?"""
        return self.smoothed_at(self.exponents[0]) <= FALL * self.smoothed_at(self.lowest)

    def smoothed_at(self, exponent: float) -> float:
        """The smoothed loss at an exponent within those tried."""
        known = np.isfinite(self.smooth)
        return float(np.interp(exponent, self.exponents[known], self.smooth[known]))


def find(
    config: RunConfig,
    dataset: Dataset,
    low: float = -3.0,
    high: float = 0.0,
    steps: int = USUAL,
    progress: Callable[[Finding], None] | None = None,
    checkpoint: Mapping[str, np.ndarray] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Finding:
    """Trains a model of its own, drawn from the config's seed, or with the weights of one of its checkpoints.

    >>> find(config, dataset, checkpoint=store.checkpoint(run_id, step)[1])      # the run itself stays as it is

    The same arguments give the same bits. Stops at the first loss that is not finite, or where the mean of RECENT
    steps is EXPLODED times its lowest, or once LIMIT seconds have passed on the clock. `progress(finding)` is told
    every TICK seconds what is found so far; what it raises ends the search.
    Raises FinderError, ModelTextError, ConfigError.
    """
    if not LOWEST <= low < high <= HIGHEST:
        raise FinderError(
            f"The exponents run from {low:g} to {high:g}: the first must be the smaller one, both within "
            f"{LOWEST:g} and {HIGHEST:g}."
        )
    if not FEWEST <= steps <= MOST:
        raise FinderError(f"The finder was to take {steps:,} steps: give it from {FEWEST:,} to {MOST:,}.")
    _check_work(config, dataset, steps)
    exponents = np.linspace(low, high, steps)
    trainer = _Rising(config, dataset, exponents, checkpoint)
    if not trainer.model.parameters():
        raise FinderError("This model has no weights that a gradient moves, so no learning rate either.")
    losses, late = _climb(trainer, exponents, progress, clock)
    if not np.isfinite(losses[0]):
        raise FinderError("The loss of this model is not a number from the first step: choose an earlier moment.")
    return _read(exponents[: len(losses)], losses, late)


def affordable(config: RunConfig, dataset: Dataset, clock: Callable[[], float] = time.thread_time) -> int:
    """How many steps fit into PATIENCE seconds on this machine: USUAL of a fast model, SHORT of the slowest.

    >>> affordable(of_preset(preset("transformer"), dataset), dataset)      # where a step takes 10 ms
    400

    Takes a few steps of a model of its own and times them, by the processor's time: a busy machine is slower, but a
    class that presses the button together shall get one answer. Raises ModelTextError, ConfigError.
    """
    if _work(config, dataset) * SHORT > MOST_WORK:
        return SHORT  # not even one need be tried: `find` says that this is too much
    trainer = _Rising(config, dataset, np.full(1 + TRIED, LOWEST), None)
    taken = 0
    try:
        trainer.advance(1)  # slower than the others: memory is touched for the first time
        began = clock()
        while taken < TRIED and clock() - began < TRIAL:
            trainer.advance(1)
            taken += 1
    except Diverged:
        return USUAL  # it will not get that far
    fitting = PATIENCE * taken / max(clock() - began, 1e-6)
    return min(max(int(fitting) // 50 * 50, SHORT), USUAL)


def _work(config: RunConfig, dataset: Dataset) -> int:
    """Floating-point operations of a step: a backward pass is twice the work of a forward one."""
    return 3 * sum(shape.flops for shape in config.shapes(dataset))


def _check_work(config: RunConfig, dataset: Dataset, steps: int) -> None:
    step = _work(config, dataset)
    if step * steps > MOST_WORK:
        raise FinderError(
            f"{steps:,} steps of this model are too much work to wait for: take at most {int(MOST_WORK // step):,} "
            "steps, a smaller batch or a smaller model."
        )


class _Rising(Trainer):
    """A trainer whose i-th step from here is taken at 10 ** exponents[i], whatever its config says."""

    def __init__(self, config: RunConfig, dataset: Dataset, exponents: np.ndarray, checkpoint):
        super().__init__(config, dataset)
        if checkpoint is not None:
            self.restore(dict(checkpoint))
        self.first = self.step + 1
        self._exponents = exponents

    def lr(self, step: int) -> float:
        return float(10.0 ** self._exponents[step - self.first])


def _climb(
    trainer: _Rising, exponents: np.ndarray, progress: Callable[[Finding], None] | None, clock: Callable[[], float]
) -> tuple[np.ndarray, bool]:
    """The losses of the steps up to the last or the one that exploded, float32 (taken,), or until the time was up."""
    steps = len(exponents)
    losses = np.empty(steps, np.float32)
    began, taken, a_tick, due = clock(), 0, 1, TICK
    while taken < steps:
        until = min(taken + min(a_tick, CHUNK), steps)
        try:
            trainer.advance(until - taken, losses[taken:until])
        except Diverged as stopped:
            until = stopped.step - trainer.first + 1
        end = _explosion(losses[:until])
        if end is not None:
            return losses[: end + 1], False
        taken, seconds = until, clock() - began
        if seconds > LIMIT and taken < steps:
            return losses[:taken], True
        if progress is not None and seconds >= due:
            progress(_read(exponents, losses[:taken], late=False))
            due = seconds + TICK
        a_tick = max(1, int(taken * TICK / max(seconds, 1e-3)))
    return losses, False


def _explosion(losses: np.ndarray) -> int | None:
    """The first step, from 0, whose loss is not finite or whose mean of RECENT steps is EXPLODED times the lowest."""
    broken = np.flatnonzero(~np.isfinite(losses))
    sound = losses[: broken[0]] if len(broken) else losses
    if len(sound) >= RECENT:
        means = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float64), RECENT).mean(axis=1)
        over = np.flatnonzero(means > EXPLODED * np.minimum.accumulate(means))
        if len(over):
            return int(over[0]) + RECENT - 1
    return int(broken[0]) if len(broken) else None


def _read(exponents: np.ndarray, losses: np.ndarray, late: bool) -> Finding:
    """What the losses say. Where more exponents are to come, they are smoothed as widely as all will be."""
    smooth = np.full(len(losses), np.nan)
    finite = np.isfinite(losses)
    smooth[finite] = smoothed(losses[finite], max(1.0, SMOOTHING * len(exponents)))
    exponents = exponents[: len(losses)]
    exploded = _explosion(losses)
    lowest = _first_low(smooth)
    slope = np.diff(smooth[: lowest + 1])
    outside = np.flatnonzero(~(smooth <= DEPTH * smooth[lowest]))  # NaN is outside too
    start = outside[outside < lowest].max(initial=-1) + 1
    end = outside[outside > lowest].min(initial=len(losses)) - 1
    return Finding(
        exponents=exponents,
        losses=losses,
        smooth=smooth,
        lowest=float(exponents[lowest]),
        steepest=float(exponents[slope.argmin() if len(slope) else 0]),
        start=float(exponents[start]),
        end=float(exponents[end]),
        exploded=None if exploded is None else float(exponents[exploded]),
        late=float(exponents[-1]) if late else None,
    )


def _first_low(smooth: np.ndarray) -> int:
    """Where the first valley is lowest: rates beyond 1 can bring a second dip, of a model whose weights have grown."""
    sofar = np.fmin.accumulate(smooth)
    crossed = np.flatnonzero(smooth > RISEN * sofar)
    return int(np.nanargmin(smooth[: crossed[0]] if len(crossed) else smooth))


def smoothed(losses: np.ndarray, width: float) -> np.ndarray:
    """Geometric means of neighbouring losses, weighted by a Gaussian with a std of `width` steps: float64, as many.

    >>> smoothed(np.array([2.0, 2.0, 2.0]), width=1.0)
    array([2., 2., 2.])

    Near the ends the mean is over those neighbours that there are.
    """
    reach = np.arange(-round(4 * width), round(4 * width) + 1)
    kernel = np.exp(-0.5 * (reach / width) ** 2)
    logs = np.log(np.maximum(losses.astype(np.float64), 1e-12))
    middle = slice(len(reach) // 2, len(reach) // 2 + len(losses))
    weights = np.convolve(np.ones(len(losses)), kernel)[middle]
    return np.exp(np.convolve(logs, kernel)[middle] / weights)
