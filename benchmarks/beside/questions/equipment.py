"""Two farmers want the one tractor; app.py is the service."""

import app


def setup():
    app.listings[1]["available"] = True
    app.bookings.clear()


def book(farmer):
    def run(_):
        try:
            app.book(1, app.Booking(farmer=farmer))
        except app.HTTPException:
            pass

    return run


workers = [book("ada"), book("bob")]


def invariant(_):
    return len(app.bookings) == 1
