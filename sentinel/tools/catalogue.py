"""Writes sentinel/CONTENT.md: what each analytics rule, hunting query and health alert finds, in one sentence."""

import re
import textwrap
from pathlib import Path

import rules

SENTINEL = Path(__file__).resolve().parent.parent
WIDTH = 130
# The values of `severity` in a health alert, as Azure Monitor shows them.
LEVELS = {"0": "Critical", "1": "Error", "2": "Warning", "3": "Informational", "4": "Verbose"}
SECTIONS = {
    "rules": ("Analytics rules", "The severity is that of the rule. Some rules raise or lower it per alert, as their description says."),
    "hunting": ("Hunting queries", "They run when you start them, over the period that you select."),
    "health": ("Health alerts", "Azure Monitor raises these when the path from ESET PROTECT to the table is broken."),
}


def main():
    (SENTINEL / "CONTENT.md").write_text(catalogue(), "utf-8")


def catalogue():
    parts = ["# Rules, queries and alerts\n\nEach name links to the source, which has the whole description, the query, and when it alerts again.\n"]
    for directory, (title, text) in SECTIONS.items():
        entries = [entry(f"{directory}/{name}.yaml", item) for name, item in rules.load(SENTINEL / directory).items()]
        parts.append(f"\n## {title}\n\n{text}\n\n" + "".join(entries))
    return "".join(parts)


def entry(path, item):
    name = item["name"].removeprefix("ESET PROTECT - ")
    severity = str(item.get("severity", ""))
    label = f" ({LEVELS.get(severity, severity)})" if severity else ""
    sentence = re.match(r".*?[.](?= |$)", " ".join(item["description"].split())).group()
    return textwrap.fill(f"- [{name}]({path}){label}: {sentence}", WIDTH, subsequent_indent="  ", break_on_hyphens=False) + "\n"


if __name__ == "__main__":
    main()
