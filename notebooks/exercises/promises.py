"""What must be true of each run, for exercises whose app is no counter."""

from workerlab.stepping.invariants import Run


def a_sale_is_whole(run: Run) -> None:
    """A report shows a sale as a whole or not at all."""
    before, after = {"free": 10, "sold": 0}, {"free": 9, "sold": 1}
    assert run["A"].body == after, f"the sale is answered {run['A'].body}"
    assert run["B"].body in (before, after), f"the report says {run['B'].body}"
    assert run.after[0].body == after, f"at the end the report says {run.after[0].body}"


def both_open_it(run: Run) -> None:
    """Both open the file, and the table is there."""
    assert [response.status for response in run.requests] == [200, 200], "one is refused"
    assert run.after[0].body == {"tables": ["meta"]}, f"the file has {run.after[0].body}"


def one_client_gets_it(run: Run) -> None:
    """Of two clients one gets the last one, and the other is told 409."""
    statuses = sorted(response.status or 0 for response in run.requests)
    assert statuses == [200, 409], f"they are answered {statuses}"
    assert run.after[0].body == {"left": 0}, f"the store says {run.after[0].body}"
