"""The shop's app: `uvicorn shop.main:app --workers 2`, with SHOP_FOLDER in the environment."""

from fastapi import FastAPI

from shop import newsletter, orders, sales, stock

app = FastAPI(title="A small shop")
for module in (stock, orders, sales, newsletter):
    app.include_router(module.router)
