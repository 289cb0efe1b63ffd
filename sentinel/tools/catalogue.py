"""Writes sentinel/CONTENT.md: what each analytics rule, hunting query and health alert finds, in one sentence."""

import re
import textwrap
from pathlib import Path

import rules

SENTINEL = Path(__file__).resolve().parent.parent
WIDTH = 130
INTRODUCTION = (
    "Each name links to the source, which has the whole description, the query, and when it alerts again. The deployed names "
    "begin with `ESET PROTECT - `."
)
# The values of `severity` in a health alert, as Azure Monitor shows them.
LEVELS = {"0": "Critical", "1": "Error", "2": "Warning", "3": "Informational", "4": "Verbose"}
SECTIONS = {
    "rules": ("Analytics rules", "Each rule is listed with its severity and tactics. Some rules raise or lower the severity per alert: see the description."),
    "hunting": ("Hunting queries", "They run when you start them, over the period that you select."),
    "health": ("Health alerts", "Azure Monitor raises these when the path from ESET PROTECT to the table is broken."),
}


def main():
    (SENTINEL / "CONTENT.md").write_text(catalogue(), "utf-8")


def catalogue():
    parts = [f"# Rules, queries and alerts\n\n{filled(INTRODUCTION)}\n"]
    for directory, (title, text) in SECTIONS.items():
        entries = [entry(f"{directory}/{name}.yaml", item) for name, item in rules.load(SENTINEL / directory).items()]
        parts.append(f"\n## {title}\n\n{filled(text)}\n\n" + "".join(entries))
    return "".join(parts)


def entry(path, item):
    name = item["name"].removeprefix("ESET PROTECT - ")
    severity = str(item.get("severity", ""))
    tactics = [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", tactic).replace("And", "and") for tactic in item.get("tactics", [])]
    label = "; ".join(filter(None, [LEVELS.get(severity, severity), ", ".join(tactics)]))
    sentence = re.match(r".*?[.](?= |$)", " ".join(item["description"].split())).group()
    return filled(f"- [{name}]({path}) ({label}): {sentence}", indent="  ") + "\n"


def filled(text, indent=""):
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


if __name__ == "__main__":
    main()
