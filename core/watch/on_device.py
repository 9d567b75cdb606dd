"""The statistics of `core.training.summary.summarise` where the tensor is: on an accelerator, in torch operations.

>>> figures = summarise_on_device(flat)        # flat: float32 (n,); figures (72,): 8 statistics and 64 counts

Only these figures need to travel. The work is cut into pieces, so that it takes little memory beside the tensor's own.
"""

import torch
from torch import Tensor

from core.training.frame import BINS

PIECE = 2**23  # values
LARGEST = float(torch.finfo(torch.float32).max)


@torch.no_grad()
def summarise_on_device(flat: Tensor) -> Tensor:
    """mean, std, min, max, low, high, nan, inf, and the counts of 64 bins, as `summarise` gives them."""
    exact = torch.float32 if flat.device.type == "mps" else torch.float64  # Apple's GPUs have no float64
    pieces = flat.split(PIECE) if flat.numel() else ()
    total, finite, nan = flat.new_zeros(3, dtype=exact).unbind()
    least, most = flat.new_full((), torch.inf), flat.new_full((), -torch.inf)
    for piece in pieces:
        good = piece.isfinite()
        total = total + torch.where(good, piece, 0).sum(dtype=exact)
        finite, nan = finite + good.sum(), nan + piece.isnan().sum()
        least = torch.minimum(least, torch.where(good, piece, torch.inf).min())
        most = torch.maximum(most, torch.where(good, piece, -torch.inf).max())
    mean = total / finite
    low, high = _edges(least.to(exact), most.to(exact), finite > 0)
    scale = BINS / (high - low)
    spread, counts = torch.zeros_like(total), torch.zeros(BINS, dtype=torch.int64, device=flat.device)
    for piece in pieces:
        good = piece.isfinite()
        values = piece.to(exact)
        spread = spread + torch.where(good, values - mean, 0).square().sum()
        bins = torch.where(good, (values - low) * scale, BINS + 0.5).clamp(max=BINS + 0.5)
        bins = torch.where(good & (bins >= BINS), BINS - 1, bins).long()
        counts = counts + bins.bincount(minlength=BINS + 1)[:BINS]
    missing = torch.full_like(total, torch.nan)
    std = torch.where(finite > 1, (spread / (finite - 1)).sqrt(), missing)
    least, most = (torch.where(finite > 0, value.to(exact), missing) for value in (least, most))
    figures = torch.stack([mean, std, least, most, low, high, nan, flat.numel() - finite - nan])
    return torch.cat([figures, counts.to(exact)])


def _edges(least: Tensor, most: Tensor, any_finite: Tensor) -> tuple[Tensor, Tensor]:
    """As `core.training.summary` lays the histogram's outer edges, rounded to float32."""
    size = torch.maximum(least.abs(), most.abs())
    narrow = most - least < (size * 2.0**-16).clamp(min=1e-36)
    middle = (least + most) / 2
    room = torch.where(size > 0, (size / 2).clamp(min=1e-36), 0.5)
    low = torch.where(narrow, (middle - room).clamp(min=-LARGEST), least)
    high = torch.where(narrow, (middle + room).clamp(max=LARGEST), most)
    low, high = torch.where(any_finite, low, -0.5), torch.where(any_finite, high, 0.5)
    return low.float().to(low.dtype), high.float().to(high.dtype)
