"""An independent witness of the value labels: what the stores really held before each step.

While a schedule is run to be shown, `watching` takes a snapshot before each of its choices, when
all workers stand still, by clients of its own (`snapshots`). Afterwards each label of each step is
compared with the snapshots before and after it (`judging`). Nothing here shares code with what
makes the labels.
"""
