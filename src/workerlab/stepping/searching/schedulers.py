"""Who moves next: following a given beginning, or by seeded chance.

`Follow` is the stateless search of Musuvathi and Qadeer (2007): repeat a beginning, then go on
without preempting anybody. `Priorities` is PCT (Burckhardt et al. 2010): random priorities and
a few random places where the running task drops to the lowest. For two tasks of k steps and a bug
of depth d it finds the bug with probability at least 1 / (2 k^(d-1)) a run.
"""

import random


class Follow:
    """Repeat `beginning`; afterwards let the current task go on while it can.

    `diverged` counts the choices that could not be repeated because that task could not move.
    """

    def __init__(self, beginning: list[str]) -> None:
        self.beginning = beginning
        self.diverged = 0

    def __call__(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        if step < len(self.beginning):
            if self.beginning[step] in enabled:
                return self.beginning[step]
            self.diverged += 1
        return current if current is not None else enabled[0]


class Priorities:
    """PCT with a seed: `depth` - 1 places, within `steps` steps, where priorities change."""

    diverged = 0

    def __init__(self, seed: str, steps: int, depth: int = 3) -> None:
        self.chance = random.Random(seed)
        self.priority: dict[str, float] = {}
        places = range(1, max(2, steps))
        self.changes = set(self.chance.sample(places, min(depth - 1, len(places))))
        self.lowest = 0.0

    def __call__(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        for name in enabled:
            self.priority.setdefault(name, 1 + self.chance.random())
        if step in self.changes and current is not None:
            self._drop(current)
        best = max(enabled, key=lambda name: self.priority[name])
        if current is None and len(enabled) > 1 and best == enabled[-1]:
            # Whoever moved last spins on a lock: others first, or nobody gets anywhere.
            self._drop(best)
            best = max(enabled, key=lambda name: self.priority[name])
        return best

    def _drop(self, name: str) -> None:
        self.lowest -= 1
        self.priority[name] = self.lowest


class AtRandom:
    """Every choice by chance, with a seed."""

    diverged = 0

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)

    def __call__(self, step: int, enabled: tuple[str, ...], current: str | None) -> str:
        return self.chance.choice(enabled)
