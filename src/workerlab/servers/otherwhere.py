"""Makes doors in a network of its own, hands them out, and becomes the command.

    python -I -S otherwhere.py FD HOST:PORT,... -- /PATH/TO/COMMAND ...

Bubblewrap has just put us into a network that nobody else is in, as if on another machine. What
the command needs of the first machine, its stores, it will look for at these addresses. So we
listen there, and pass the listening sockets through the socket FD to the grader, outside, who
forwards whoever comes to the real place. See `apart.py`.

It is a script, not a module of the package: it runs as the submission, and imports little.
"""

import os
import socket
import sys


def main(arguments: list[str]) -> None:
    end = arguments.index("--")
    number, places = arguments[:end]
    os.set_inheritable(int(number), False)  # the command has no business with the grader
    with socket.socket(fileno=int(number)) as line:
        for place in filter(None, places.split(",")):
            host, _, port = place.rpartition(":")
            with socket.create_server((host, int(port))) as door:
                socket.send_fds(line, [place.encode() + b"\n"], [door.fileno()])
    command = arguments[end + 1 :]
    os.execv(command[0], command)  # noqa: S606 (no shell is what we want)


if __name__ == "__main__":
    main(sys.argv[1:])
