"""Right: a thread of the master counts; the workers ask it over a socket made before the fork."""

import os
import socket
import tempfile
import threading

from fastapi import FastAPI

place = os.path.join(tempfile.mkdtemp(), "count")
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(place)
listener.listen(128)


def serve() -> None:
    count = 0
    while True:
        line, _ = listener.accept()
        with line:
            line.settimeout(2)
            try:
                word = line.recv(1)
            except OSError:
                continue
            if word == b"+":
                count += 1
            elif word == b"0":
                count = 0
            try:
                line.sendall(f"{count}\n".encode())
            except OSError:
                pass


threading.Thread(target=serve, daemon=True).start()


def ask(word: bytes) -> dict[str, int]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(place)
        line.sendall(word)
        # Not until the end of the connection: a worker that is forked just now inherits the
        # master's side of it, and would keep it open.
        with line.makefile("rb") as answer:
            return {"count": int(answer.readline())}


app = FastAPI()


@app.post("/increment")
def increment() -> dict[str, int]:
    return ask(b"+")


@app.get("/report")
def report() -> dict[str, int]:
    return ask(b"?")


@app.post("/reset")
def reset() -> dict[str, int]:
    return ask(b"0")
