import fcntl

from fastapi import FastAPI

app = FastAPI()
ANN, BEN = open("ann", "w"), open("ben", "w")


@app.post("/ann-to-ben")
def ann_to_ben():
    fcntl.flock(ANN, fcntl.LOCK_EX)
    fcntl.flock(BEN, fcntl.LOCK_EX)
    fcntl.flock(BEN, fcntl.LOCK_UN)
    fcntl.flock(ANN, fcntl.LOCK_UN)


@app.post("/ben-to-ann")
def ben_to_ann():
    fcntl.flock(BEN, fcntl.LOCK_EX)
    fcntl.flock(ANN, fcntl.LOCK_EX)
    fcntl.flock(ANN, fcntl.LOCK_UN)
    fcntl.flock(BEN, fcntl.LOCK_UN)
