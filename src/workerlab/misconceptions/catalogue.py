"""All misconceptions, in the order in which feedback speaks of them."""

from workerlab.misconceptions.order import ABOUT_ORDER
from workerlab.misconceptions.processes import ABOUT_PROCESSES

CATALOGUE = (*ABOUT_PROCESSES, *ABOUT_ORDER)
