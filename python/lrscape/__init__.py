"""Maps of learning rates and bounds for learning-rate schedules.

``sweep`` trains a linear model for every combination of optimizer, learning rate, weight decay and
seed. ``bound`` evaluates bounds on the suboptimality of SGD for schedules. Both return an
``xarray.Dataset``, whose accessor ``.lrscape`` answers questions about it and draws it.

>>> import lrscape
>>> result = lrscape.sweep(optimizer="adamw-pt", lr="1e-3:1:4", wd=[0, 0.01, 0.1], seeds=2, epochs=2)
>>> dict(result.validation_loss.sizes)
{'optimizer': 1, 'learning_rate': 4, 'weight_decay': 3, 'seed': 2}
>>> best = result.lrscape.best()
>>> list(best.data_vars)[:3]
['loss', 'standard_error', 'expected_loss']
"""

from importlib.metadata import version

from lrscape._core import DeviceError
from lrscape.accessor import Answers
from lrscape.bounds import Bound, bound, bound_of, extend
from lrscape.device import devices
from lrscape.heatmap import plot
from lrscape.schedules import optax_schedule, schedule, torch_scheduler
from lrscape.sweeps import sweep

__version__ = version("lrscape")

__all__ = [
    "Answers",
    "Bound",
    "DeviceError",
    "bound",
    "bound_of",
    "devices",
    "extend",
    "optax_schedule",
    "plot",
    "schedule",
    "sweep",
    "torch_scheduler",
]
