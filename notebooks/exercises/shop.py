"""What must be true of each run of the shop, whoever is first: for the exercises of chapter 15."""


def kept_before_the_response(run):
    """Who is told that the order is taken has taken the lamp."""
    assert [one.status for one in run.requests] == [201], "the only customer is refused"
    left = run.after[0].body["pieces"]
    assert left == 0, f"the order is taken, and {left} lamp is left"


def one_lamp_for_one(run):
    """One of two customers gets the only lamp."""
    statuses = sorted(one.status for one in run.requests)
    assert statuses == [201, 409], f"they are answered {statuses}"
    orders, stock = (one.body for one in run.after)
    assert len(orders["names"]) == 1, f"the orders: {orders}"
    assert stock["pieces"] == 0, f"the stock: {stock}"


def counted_before_the_response(run):
    """When the customer has the response, the sale is counted."""
    assert [one.status for one in run.requests] == [201], "the only customer is refused"
    sold = run.after[0].body["pieces"]
    assert sold == 1, f"{sold} is counted as sold"


def all_are_on_the_list(run):
    """Whoever is told so gets the newsletter."""
    told = sorted(one.body["address"] for one in run.requests)
    listed = run.after[0].body["addresses"]
    assert len(told) == 2 and listed == told, f"on the list: {listed}"
