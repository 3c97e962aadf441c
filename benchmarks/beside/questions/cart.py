"""Two things are put into one cart; app.py is the service."""

import app


def setup():
    app.store.flushdb()


def add(product):
    return lambda _: app.add("ada", app.Item(product=product))


workers = [add("tea"), add("milk")]


def invariant(_):
    return app.show("ada") == {"tea": 1, "milk": 1}
