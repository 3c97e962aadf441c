"""An app whose work is done in files that are not its own."""

import elsewhere
from fastapi import FastAPI

app = FastAPI()
app.post("/increment")(elsewhere.increment)
app.get("/report")(elsewhere.report)
app.post("/reset")(elsewhere.reset)
