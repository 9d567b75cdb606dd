"""Forks: runs that go on from a checkpoint of another, with something changed."""

import dataclasses
import json
import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from safetensors.numpy import load, save

from core.dataset import Dataset
from core.nn.notation import canonical, parse
from core.nn.presets import preset_of
from core.runs import room
from core.runs.database import Database, insert
from core.runs.errors import NotForkable
from core.runs.info import RunInfo
from core.runs.names import checked_name, given
from core.runs.schema import LOSS_BLOCK
from core.training import moments
from core.training.config import RunConfig

HUNTED_KEEP = {"model", "context", "positions", "defect"}  # or an error would say which bug does not fit any more
SAME_MODEL = ("context", "positions", "defect")  # and the layers: are earlier checkpoints and frames of this model too?


class Forks:
    """The part of a store that makes runs from checkpoints of others.

    >>> store.fork(run_id, 1000, {"lr": 0.01})     # 'wavenet-p7m4da': as its parent up to step 1,000, then slower
    >>> store.fork(run_id, 0, {"model": text})     # from the very same initialisation, as far as layers stay
    >>> store.fork(run_id, 1000)                   # nothing changed: ends with the same bits as its parent
    """

    database: Database

    def fork(
        self,
        run_id: str,
        step: int | None = None,
        changes: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        paused: bool = False,
        taken: str | None = None,
    ) -> str:
        """Queue a run that goes on from the checkpoint nearest at or before `step` (None: the newest); returns its id.

        `changes` are fields of RunConfig. What the parent recorded up to there is the fork's own: losses, samples,
        evaluations and, unless the model or its bug changes, frames and checkpoints. The generator goes on from there:
        batches are the parent's unless the change is one of batches. A model text may change: see `graft`. `name`,
        `paused` and `taken` are as in `create`. The parent may be running. Raises NotForkable, ConfigError or
        ModelTextError, each one sentence, where the change makes no sense.
        """
        changes = changes or {}
        check_forkable(self.run(run_id), changes)
        before = self.config(run_id)
        dataset = self.dataset(before.dataset)
        after = changed(before, changes, dataset, at=0)
        same_model = _same_model(before, after)
        grafted = not (same_model and before.optimiser == after.optimiser)
        if grafted:
            from core.training.grafting import graft  # imports torch: a second that most callers need not wait
        with self.database.write() as connection:  # from here on the parent is there, or was deleted before
            info = self.run(run_id)
            at, data = self._begin_with(run_id, step)
            check_steps(after, at, asked=step)
            if grafted:
                data = save(graft(load(data), before, after))
            row = self._row(info, after, dataset, at, name, taken, paused)
            insert(connection, "runs", row)
            _copy_record(connection, run_id, row["id"], at, same_model)
            if same_model:
                _copy_pictures(connection, run_id, row["id"], at, after.steps, len(data))
            connection.execute("INSERT INTO checkpoints VALUES (?, ?, 1, ?)", (row["id"], at, data))
        return row["id"]

    def _begin_with(self, run_id: str, step: int | None) -> tuple[int, bytes]:
        if found := self.checkpoint_bytes(run_id, step):
            return found
        first = self.checkpoint_steps(run_id)[:1]
        if not first:
            raise NotForkable(f"The run {run_id} has no checkpoint yet: wait until its worker has begun.")
        raise NotForkable(
            f"The run {run_id} has no checkpoint at or before step {step:,}: its first is at step {first[0]:,}."
        )

    def _row(self, parent: RunInfo, config: RunConfig, dataset: Dataset, at: int, name, taken, paused) -> dict:
        now = time.time()
        return {
            "id": taken or self.new_id(config.preset),
            "name": checked_name(name) if name else given(parent) or config.preset or "model",
            "preset": config.preset,
            "created": now,
            "config": config.to_json(),
            "dataset": config.dataset,
            "parameters": sum(shape.parameters for shape in config.shapes(dataset)),
            "steps": config.steps,
            "step": at,
            "state": "running" if taken else "queued",
            "queued": now,
            "wish": "pause" if paused else "run",
            "parent": parent.id,
            "parent_step": at,
            "hunt": parent.hunt,
        }


def check_forkable(info: RunInfo, changes: Mapping[str, Any]) -> None:
    """Raises NotForkable where there is no fork of that run, or none with these fields changed."""
    if info.kind != "trained":
        raise NotForkable(f"The run {info.id} was watched, not trained here: only its own program can go on with it.")
    if info.is_twin:
        raise NotForkable("The healthy twin of a round of the bug hunt stays as it is: fork the round's own run.")
    if info.hunt is not None and HUNTED_KEEP & changes.keys():
        raise NotForkable("A run of the bug hunt keeps its model and its bug, if it has one: change something else.")


def changed(config: RunConfig, changes: Mapping[str, Any], dataset: Dataset, at: int) -> RunConfig:
    """The config with its changes, for a fork from step `at`. Raises NotForkable, ConfigError or ModelTextError."""
    if changes.get("dataset", config.dataset) != config.dataset:
        raise NotForkable("A fork goes on with its parent's words: train a new run on others.")
    if changes.get("seed", config.seed) != config.seed:
        raise NotForkable(
            f"The seed stays {config.seed}: a fork's weights and random numbers come from its parent's checkpoint. "
            "Train a new run with another seed."
        )
    after = dataclasses.replace(config, **changes)
    if not _same_model(config, after):
        name = preset_of(after.model, dataset.vocab_size, after.context)
        after = dataclasses.replace(after, preset=name)
    after.shapes(dataset)
    check_steps(after, at)
    return after


def check_steps(config: RunConfig, at: int, asked: int | None = None) -> None:
    """Raises NotForkable where a fork with this config would be at its end after step `at` already, the checkpoint that
    is nearest to the step that was asked for."""
    if config.steps <= at:
        last = "" if asked in (None, at) else f", the last checkpoint before step {asked:,}"
        raise NotForkable(
            f"Nothing is left to train after step {at:,} of {config.steps:,}{last}: "
            "fork from an earlier one or raise steps."
        )


def _same_model(before: RunConfig, after: RunConfig) -> bool:
    return canonical(parse(before.model)) == canonical(parse(after.model)) and all(
        getattr(before, name) == getattr(after, name) for name in SAME_MODEL
    )


def _copy_record(connection: sqlite3.Connection, parent: str, fork: str, at: int, same_model: bool) -> None:
    """Losses, samples and evaluations up to `at`; what weights are worth in another model is yet to be seen."""
    block, left = divmod(at, LOSS_BLOCK)
    connection.execute(
        "INSERT INTO losses SELECT ?2, block, iif(block < ?3, data, substr(data, 1, ?4)) FROM losses "
        "WHERE run = ?1 AND (block < ?3 OR block = ?3 AND ?4 > 0)",
        (parent, fork, block, left * 4),  # float32
    )
    last = at if same_model else at - 1
    for table, columns in (("samples", "step, words"), ("evaluations", "step, split, loss, examples")):
        connection.execute(
            f"INSERT INTO {table} SELECT ?2, {columns} FROM {table} WHERE run = ?1 AND step <= ?3", (parent, fork, last)
        )


def _copy_pictures(connection: sqlite3.Connection, parent: str, fork: str, at: int, steps: int, size: int) -> None:
    """Frames up to `at` and checkpoints before it: those a fork would have kept itself, so that its room is bounded."""
    recorded = moments.recorded(steps)
    wanted = (
        ("frames", "step, data", {*recorded, at}, at),  # of those that the parent had room for
        ("checkpoints", "step, 1, data", {0} | room.kept(recorded, size), at - 1),
    )
    for table, columns, chosen, last in wanted:
        connection.execute(
            f"INSERT INTO {table} SELECT ?2, {columns} FROM {table} WHERE run = ?1 AND step <= ?3 AND step IN "
            "(SELECT value FROM json_each(?4))",
            (parent, fork, last, json.dumps(sorted(chosen))),
        )
