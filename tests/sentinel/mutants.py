"""Mutants of a query: one constant, comparison or operator changed at a time."""

import re

# What a word or sign becomes.
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
    """(what is changed, the query with that change) for each mutant.

    Texts get a character more, numbers become one more and one less, durations twice and half as long.
    """
    for token in TOKEN.finditer(query):
        kind, old = token.lastgroup, token.group()
        for new in changed(kind, old):
            line = query.count("\n", 0, token.start()) + 1
            column = token.start() - query.rfind("\n", 0, token.start())
            yield f"{line}:{column} {old} -> {new}", query[: token.start()] + new + query[token.end() :]


def changed(kind, old):
    """What a token becomes, one after the other."""
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
    """Half a duration, in a unit in which it is a whole number."""
    smaller = {"d": (24, "h"), "h": (60, "m"), "m": (60, "s"), "s": (1000, "ms")}
    if count % 2:
        factor, unit = smaller[unit]
        count *= factor
    return f"{count // 2}{unit}"
