"""A page that counts its readers.

Cut from https://github.com/antonkomarev/github-profile-views-counter/issues/66 (2023-09-02): the
count is read from a file that another request may be writing. Here one request at a time has the
file.
"""

import fcntl

from fastapi import FastAPI

app = FastAPI()


@app.get("/hit")
def hit():
    with open("hits.txt", "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        n = int(file.read() or 0) + 1
        file.truncate(0)
        file.write(str(n))
    return {"hits": n}
