"""Endpoints that do not lie in the app's folder: nothing of them can be held."""

from stores import store


def increment():
    count = store.read()
    store.write(count + 1)
    return {"count": count + 1}


def report():
    return {"count": store.read()}


def reset():
    store.write(0)
    return {"count": 0}
