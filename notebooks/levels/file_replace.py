import os
from pathlib import Path

from fastapi import FastAPI

app = FastAPI()
FILE = Path("price.txt")


@app.put("/price/{price}")
def put(price: int):
    new = Path(f"price.{os.getpid()}")
    new.write_text(str(price))
    new.replace(FILE)


@app.get("/price")
def get():
    return {"price": int(FILE.read_text())}


@app.post("/reset")
def reset():
    FILE.write_text("7")
