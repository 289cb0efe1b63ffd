"""Evaluates many runs of a rule in one query. One after the other, they take an hour for a month of dense events.

A rule that queries for new rows and consists of a single pipeline is rewritten:
- The leading steps that work on each row independently are evaluated once, for all runs.
- The table gets a column Tick, the time of a run, and contains each row once for each run that sees it. `summarize`
  also groups by Tick, and ago() is relative to Tick.
- If the last `summarize` groups by columns of the table, a run sees only the groups that have new rows. A rule that
  raises nothing without new rows raises nothing for a group without new rows.
"""

import re
from itertools import groupby

import rules
from workspace import INGESTED, TABLE

TIME = re.compile(r"\b(?:ago|now|ingestion_time)\(")
# The number of runs per query: high enough to amortise the translation, low enough to fit in memory.
RUNS = 200


def runs(rule, workspace, until=None):
    """Yields (time, alerts) for the runs of a rule, like `rules.runs`. Runs without alerts may be omitted."""
    split = steps_of(rule["query"]) if rules.NEW_ROWS.search(rule["query"]) else None
    if split is None:
        yield from rules.runs(rule, workspace, until=until)
        return
    lets, each, rest = split
    workspace.see_all()
    columns = workspace.keep(joined(lets, each))
    times = ticks(rule, workspace, columns, groups(rest))
    query = joined(lets, [with_tick(step) for step in rest])
    for at in range(0, len(times), RUNS):
        workspace.see(times[at], times[min(at + RUNS, len(times)) - 1])
        rows = sorted(workspace.query(query, times[at]), key=lambda row: row["Tick"])
        for tick, of_tick in groupby(rows, key=lambda row: row["Tick"]):
            now = tick.replace(tzinfo=rules.EPOCH.tzinfo)
            yield now, rules.alerts_of(rule, list(of_tick), now)


def steps_of(query):
    """Splits a query into its `let` statements, its steps on independent rows, and its other steps.

    Returns None if the query is not a single pipeline on the table.
    """
    parts = re.sub(r"(?m)(^|\s)//.*$", "", query).split(TABLE)
    if len(parts) != 2 or ";" in parts[1] or TIME.search(parts[0]):
        return None
    steps = [step.strip() for step in re.split(r"\n\s*\|\s*", parts[1])[1:]]
    if not all(re.match(r"(where|extend|mv-expand|summarize) ?", step) for step in steps):
        return None
    each, rest, made = [], [], set()
    for step in steps:
        independent = not step.startswith("summarize") and not TIME.search(step)
        if independent and "summarize" not in made and not made & set(re.findall(r"\w+", step)):
            each.append(step)
            continue
        rest.append(step)
        made |= {"summarize"} if step.startswith("summarize") else set()
        made |= set(re.findall(r"(\w+)\s*=(?![=~])", step)) if step.startswith("extend") else set()
    return parts[0], each, rest


def joined(lets, steps):
    return "\n".join([lets + TABLE, *(f"| {step}" for step in steps)])


def with_tick(step):
    """Rewrites a step of a single run for many runs."""
    step = re.sub(r"\bago\((\w+)\)", r"(Tick - \1)", step)
    if step.startswith("summarize"):
        step += ", Tick" if re.search(r"\bby\s+\w", step) else " by Tick"
    return step


def groups(rest):
    """Returns the columns by which the last `summarize` groups, or an empty list if there is no `summarize`."""
    last = next((step for step in reversed(rest) if step.startswith("summarize")), "")
    by = re.search(r"\bby\s+([\w\s,]+)$", last)
    return [name.strip() for name in by[1].split(",")] if by else []


def ticks(rule, workspace, columns, by):
    """Creates the table that queries see, from the kept rows and the runs of a rule. Returns the times of the runs."""
    by = by if set(by) <= set(columns) else []
    seconds = int(rules.duration(rule["queryFrequency"]).total_seconds())
    period = int(rules.duration(rule["queryPeriod"]).total_seconds())
    keys = "".join(f', "{name}"' for name in by)
    first = f"to_timestamp(ceil(epoch({INGESTED}) / {seconds}) * {seconds}) AT TIME ZONE 'UTC'"
    workspace.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE runs AS SELECT DISTINCT {first} + INTERVAL (later) SECOND AS Tick{keys} "
        f"FROM kept, (VALUES (0), ({seconds})) AS run(later)"
    )
    same = "".join(f' AND kept."{name}" = runs."{name}"' for name in by)
    workspace.replace(
        f"SELECT kept.*, runs.Tick FROM runs, kept WHERE kept.TimeGenerated > runs.Tick - INTERVAL {period} SECOND "
        f"AND kept.TimeGenerated <= runs.Tick AND kept.{INGESTED} <= runs.Tick{same} "
        f"AND runs.Tick >= getvariable('seen_from') AND runs.Tick <= getvariable('seen_until')",
        [*columns, "Tick"],
    )
    found = workspace.connection.execute("SELECT DISTINCT Tick FROM runs ORDER BY 1").fetchall()
    return [row[0].replace(tzinfo=rules.EPOCH.tzinfo) for row in found]
