"""Watch any torch model train: three lines around a loop of one's own, and the app shows it live.

from core.watch import watch

with watch(model, name="mine", every=100) as run:
    for batch, targets in loader:
        loss = loss_of(model(batch), targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        run.log(loss)
"""

from core.watch.errors import WatchError
from core.watch.run import WatchedRun, watch

__all__ = ["WatchError", "WatchedRun", "watch"]
