"""Generates mutants of a query, each with one changed constant, comparison or operator."""

import re

# The replacements of keywords and operators.
OTHERS = {
    "==": ["!="], "!=": ["=="], "=~": ["!~"], "!~": ["=~"],
    ">=": [">", "<"], "<=": ["<", ">"], ">": [">=", "<="], "<": ["<=", ">="],
    "has": ["!has"], "!has": ["has"], "in~": ["!in~"], "!in~": ["in~"], "in": ["!in"], "!in": ["in"],
    "startswith": ["!startswith"], "!startswith": ["startswith"], "endswith": ["!endswith"], "contains": ["!contains"],
    "and": ["or"], "or": ["and"], "true": ["false"], "false": ["true"],
    "isempty": ["isnotempty"], "isnotempty": ["isempty"], "isnull": ["isnotnull"], "isnotnull": ["isnull"],
    "min": ["max"], "max": ["min"], "arg_max": ["arg_min"], "arg_min": ["arg_max"],
}  # fmt: skip
TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)
      | (?P<text>@?"(?:[^"\\\n]|\\.)*"|@?'(?:[^'\\\n]|\\.)*')
      | (?P<span>(?<![\w.])\d+(?:ms|[dhms])\b)
      | (?P<number>(?<![\w.])\d+(?:\.\d+)?\b)
      | (?P<other>!?\b[A-Za-z_]\w*~?|==|!=|=~|!~|>=|<=|>|<)""",
    re.VERBOSE,
)


def mutants(query):
    """Yields (description of the change, changed query) for each mutant.

    A string gets an extra character, a number is increased and decreased by one, and a duration is doubled and halved.
    """
    for token in TOKEN.finditer(query):
        kind, old = token.lastgroup, token.group()
        for new in changed(kind, old):
            line = query.count("\n", 0, token.start()) + 1
            column = token.start() - query.rfind("\n", 0, token.start())
            yield f"{line}:{column} {old} -> {new}", query[: token.start()] + new + query[token.end() :]


def changed(kind, old):
    """Returns the replacements of a token."""
    match kind:
        case "text":
            return [f"{old[:-1]}~{old[-1]}"]
        case "number":
            number = float(old) if "." in old else int(old)
            return [str(number + 1)] + ([str(number - 1)] if number > 0 else [])
        case "span":
            count, unit = re.fullmatch(r"(\d+)(\w+)", old).groups()
            return [f"{int(count) * 2}{unit}", halved(int(count), unit)]
        case "other":
            return OTHERS.get(old, [])
    return []


def halved(count, unit):
    """Returns half a duration, in a unit in which it is a whole number."""
    smaller = {"d": (24, "h"), "h": (60, "m"), "m": (60, "s"), "s": (1000, "ms")}
    if count % 2:
        factor, unit = smaller[unit]
        count *= factor
    return f"{count // 2}{unit}"
