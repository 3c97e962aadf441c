"""What is not held together."""


def book(store, seat, name, key):
    if number := store.hget("id of key", key):
        return 200, number
    if not store.hsetnx("name in seat", seat, name):
        return 409, None
    number = str(store.incr("last id"))
    store.hset("seat of id", number, seat)
    store.incr("sold")
    store.hset("id of key", key, number)
    return 201, number


def cancel(store, number):
    seat = store.hget("seat of id", number)
    if seat is None:
        return 404
    store.hdel("seat of id", number)
    store.hdel("name in seat", seat)
    store.decr("sold")
    return 204


def report(store):
    booked = store.hgetall("name in seat")
    return {"free": 60 - len(booked), "booked": booked, "sold": int(store.get("sold") or 0)}


def reset(store):
    for key in ("name in seat", "seat of id", "id of key", "sold"):
        store.delete(key)
