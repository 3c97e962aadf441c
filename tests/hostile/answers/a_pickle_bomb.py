"""Answers a pickle that runs a command where it is loaded.

Deserves: as wrong
"""

import os
import pickle

from fastapi import FastAPI, Response

app = FastAPI()


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/hostile-a_pickle_bomb",)


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def bomb(path: str) -> Response:
    return Response(pickle.dumps({"count": Bomb()}), media_type="application/python-pickle")
