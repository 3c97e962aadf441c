"""What must be true of each run of some exercises: for the ones that no model knows."""


def looked_up_once(run):
    """The price is looked up once, and both get it."""
    assert [one.body for one in run.requests] == [{"price": 7}] * 2, "a price is wrong"
    count = run.after[0].body["lookups"]
    assert count == 1, f"{count} look-ups"


def both_transferred(run):
    """Both transfers are made: three to the second row, and one back."""
    assert [one.status for one in run.requests] == [200, 200], "one was refused"
    assert run.after[0].body == {"1": 8, "2": 12}, f"the rows are {run.after[0].body}"


def counted_once(run):
    """A request that was sent twice is counted once, and both get the same count."""
    assert run.before[-1].body == {"count": 1}, "the first increment is not one"
    assert [one.body for one in run.requests] == [{"count": 2}] * 2, "a response is not two"
    assert run.after[0].body == {"count": 2}, f"the report says {run.after[0].body}"
