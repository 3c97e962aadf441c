"""What must be true of each run, whoever is first: for the exercises of chapter 19."""


def two_get_through(run):
    """Of three requests, two get through a limit of two."""
    statuses = sorted(one.status for one in run.requests)
    assert statuses == [200, 200, 429], f"they are answered {statuses}"


def created_once(run):
    """One creates the page, the other is told that it is there."""
    answered = [(one.status, text) for one, text in zip(run.requests, ("tea", "milk"), strict=True)]
    statuses = sorted(status for status, _ in answered)
    assert statuses == [200, 412], f"they are answered {statuses}"
    text = run.after[0].body["text"]
    assert (200, text) in answered, f"answered: {answered}, and the page says {text!r}"
    assert run.after[1].status == 200, "nobody can change the page any more"
