"""What the conductor does when a worker has gone."""

import socket
from http.client import HTTPConnection

from workerlab.stepping.actor import Actor, State
from workerlab.stepping.conductor import Conductor
from workerlab.stepping.program import Request


def test_a_connection_that_broke_while_sending_is_never_used_again():
    ours, theirs = socket.socketpair()
    theirs.close()
    connection = HTTPConnection("127.0.0.1")
    connection.sock = ours
    actor = Actor("A", Request("POST", "/increment"), 1, connection)
    with Conductor() as conductor:
        conductor.start([actor])
        conductor.send(actor, "thread")
    assert (actor.error, actor.state, actor.answered) == ("BrokenPipeError", State.DONE, True)
    assert connection.sock is None
