"""The requirements of ASIM's schemas for columns and rows, and the faults that ASIM's data test would report."""

import ipaddress
import re

import yaml

from conftest import ROOT

TABLES = yaml.safe_load((ROOT / "tests" / "sentinel" / "asim_schemas.yaml").read_text("utf-8"))
LABEL = "[_a-zA-Z0-9][_a-zA-Z0-9-]{0,62}"
FORMATS = {
    "fqdn": re.compile(rf"({LABEL}\.)+[a-zA-Z]{{2,63}}"),
    "domain": re.compile(rf"({LABEL}\.)*[a-zA-Z]{{2,63}}"),
    "hostname": re.compile(r"[a-zA-Z0-9-]{1,61}"),
    "sha1": re.compile(r"[a-zA-Z0-9]{40}"),
    "protocol": re.compile(r"TCP|UDP|ICMP|IPv6-ICMP|IGMP"),
}


def of_schema(schema, part):
    """Returns a part of the requirements: those common to all schemas and those of one schema."""
    return {**TABLES["common"].get(part, {}), **TABLES[schema].get(part, {})}


def faults(schema, row):
    """Yields the faults that ASIM's data test would report in a row."""
    for column in of_schema(schema, "mandatory"):
        if row[column] in (None, ""):
            yield f"{column} is empty"
    for column, values in of_schema(schema, "values").items():
        if row.get(column) and row[column] not in values:
            yield f"{column} has the unexpected value {row[column]}"
    for column, format_ in of_schema(schema, "formats").items():
        if row.get(column) not in (None, "") and not has_format(format_, row[column]):
            yield f"{column} is {row[column]}, which is not a valid {format_}"
    for column, parent in of_schema(schema, "aliases").items():
        if parent in row and row[column] != row[parent]:
            yield f"{column} does not equal {parent}"
    for column, parent in of_schema(schema, "conditional").items():
        if parent in row and row[parent] and not row[column]:
            yield f"{parent} is set but {column} is empty"


def has_format(format_, value):
    if format_ == "level":
        return 0 <= value <= 100
    if format_ == "address":
        return is_address(value)
    return bool(FORMATS[format_].fullmatch(value)) or (format_ == "hostname" and is_address(value))


def is_address(value):
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False
