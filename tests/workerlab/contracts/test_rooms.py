"""A room of lab 17 is one that nobody has used, whoever asks."""

from workerlab.contracts.rooms import World


class NoServer:
    pids = ()

    def connections(self):
        return []


def test_worlds_that_come_one_after_the_other_have_other_rooms():
    """Named by the world's place in memory, one in a hundred had the rooms of the one before."""
    names = set()
    for _ in range(200):
        with World(NoServer(), {"requests": 0}) as world:
            names |= {world.room().name, world.room().name}
    assert len(names) == 400
