"""All levels, in the order in which they are played: from the first count to a lost lock."""

from workerlab.levels.definition import Definition
from workerlab.levels.definitions.counts import COUNTS
from workerlab.levels.definitions.defended import DEFENDED
from workerlab.levels.definitions.reads import READS
from workerlab.levels.definitions.seats import SEATS
from workerlab.levels.definitions.waiting import WAITING

SECTIONS: dict[str, tuple[Definition, ...]] = {
    "One count": COUNTS,
    "Once, for two": SEATS,
    "Told what is not": READS,
    "Locks and the dead": WAITING,
    "Defend it": DEFENDED,
}
LEVELS: tuple[Definition, ...] = tuple(one for some in SECTIONS.values() for one in some)
