"""What must be true of each run, whoever is first: for the exercises of chapter 18."""


def each_job_is_somewhere(run):
    """Two workers take two jobs, and at no moment is a job in no list, or in both."""
    taken = [run[name].body["job"] for name in "AB"]
    assert sorted(map(str, taken)) == ["milk", "tea"], f"they take {taken}"
    for seen in (run["C"].body, run.after[0].body):
        jobs = sorted(seen["waiting"] + seen["under way"])
        assert jobs == ["milk", "tea"], f"somebody looks, and the lists have {jobs}"
    assert run.after[0].body["waiting"] == [], "a job that was taken still waits"


def newest_list_stays(run):
    """The list is that of the newest epoch that was accepted; who was accepted has written."""
    accepted = [one.body["epoch"] for one in run.requests if one.status == 200]
    assert accepted, "nobody may write"
    found = run.after[0].body
    assert found["of"] == max(accepted), f"accepted: {accepted}, and the list is of {found['of']}"
    assert found["written"] == len(accepted), f"accepted: {accepted}, written: {found['written']}"
