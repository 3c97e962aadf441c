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
