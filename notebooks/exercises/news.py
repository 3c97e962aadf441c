"""What must be true of each run, in whatever order: for the exercises of chapter 17."""


def all_is_heard_once(run):
    """C hears each message once: now, or when it asks again for what comes after its last."""
    now, later = (one.body["texts"] for one in (run["C"], run.after[0]))
    assert sorted(now + later) == ["milk", "tea"], f"C has heard {now}, and later {later}"
