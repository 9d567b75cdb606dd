"""AdamW against torch's own, and what it would do against what it does."""

import numpy as np
import pytest
import torch

from core.training.optimisers import AdamW


def gradients(steps: int, size: int = 300) -> np.ndarray:
    """Of very different sizes; some weights never get one."""
    rng = np.random.default_rng(0)
    scale = 10.0 ** rng.uniform(-6, 1, size) * (rng.random(size) > 0.1)
    return (rng.standard_normal((steps, size)) * scale).astype(np.float32)


def test_adamw_is_torch_s():
    grads = gradients(200)
    data = np.random.default_rng(1).standard_normal(300).astype(np.float32)
    leaf = torch.tensor(data, requires_grad=True)
    theirs, ours = torch.optim.AdamW([leaf]), AdamW(300)
    for step, grad in enumerate(grads):
        lr = 0.01 if step < 120 else 0.001
        theirs.param_groups[0]["lr"] = lr
        leaf.grad = torch.tensor(grad)
        theirs.step()
        ours(data, grad, lr)
    np.testing.assert_allclose(data, leaf.detach().numpy(), rtol=1e-5, atol=2e-6)


def test_the_move_is_what_a_step_subtracts_and_changes_nothing():
    rule = AdamW(300)
    data = np.ones(300, np.float32)
    for grad in gradients(5):
        before = data.copy()
        move = rule.move(data, grad, 0.1)
        np.testing.assert_array_equal(data, before)
        rule(data, grad, 0.1)
        np.testing.assert_allclose(data, before - move, rtol=0, atol=1e-6)


def test_a_state_of_another_model_or_of_another_optimiser_is_refused():
    rule = AdamW(3)
    rule(np.ones(3, np.float32), np.ones(3, np.float32), 0.1)
    state = rule.state()
    with pytest.raises(ValueError, match="another model"):
        rule(np.ones(4, np.float32), np.ones(4, np.float32), 0.1)
    with pytest.raises(ValueError, match="another model: it has 3 numbers, not 4"):
        AdamW(4).load_state(state)
    for name in state:
        with pytest.raises(ValueError, match=f"no {name}"):
            AdamW(3).load_state({other: array for other, array in state.items() if other != name})
