"""What must be true of each run, whoever is first: for the exercises of chapter 16."""


def each_is_counted(run):
    """Each request adds one, and is told its own number."""
    given = sorted(one.body["count"] for one in run.requests)
    assert given == [*range(1, len(given) + 1)], f"they are told {given}"
    count = run.after[0].body["count"]
    assert count == len(given), f"{len(given)} requests, and the count is {count}"


def one_is_made(run):
    """All use the one client that was made."""
    used = {one.body["client"] for one in run.requests}
    made = run.after[0].body["made"]
    assert used == {"client 1"} and made == 1, f"{made} made, used are: {', '.join(sorted(used))}"
