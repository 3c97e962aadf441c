"""All misconceptions, in the order in which feedback speaks of them."""

from workerlab.misconceptions.messages import ABOUT_MESSAGES
from workerlab.misconceptions.order import ABOUT_ORDER
from workerlab.misconceptions.processes import ABOUT_PROCESSES
from workerlab.misconceptions.stores import ABOUT_STORES

CATALOGUE = (*ABOUT_PROCESSES, *ABOUT_ORDER, *ABOUT_STORES, *ABOUT_MESSAGES)
