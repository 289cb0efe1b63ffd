"""What ASIM's schemas ask of columns and rows: `asim_schemas.yaml`, and what its test of data looks for."""

import ipaddress
import re

import yaml

from conftest import ROOT

TABLES = yaml.safe_load((ROOT / "tests" / "sentinel" / "asim_schemas.yaml").read_text("utf-8"))
LABEL = "[_a-zA-Z0-9][_a-zA-Z0-9-]{0,62}"
LOOKS = {
    "fqdn": re.compile(rf"({LABEL}\.)+[a-zA-Z]{{2,63}}"),
    "domain": re.compile(rf"({LABEL}\.)*[a-zA-Z]{{2,63}}"),
    "hostname": re.compile(r"[a-zA-Z0-9-]{1,61}"),
    "sha1": re.compile(r"[a-zA-Z0-9]{40}"),
    "protocol": re.compile(r"TCP|UDP|ICMP|IPv6-ICMP|IGMP"),
}


def of_schema(schema, part):
    """What all schemas and one of them have."""
    return {**TABLES["common"].get(part, {}), **TABLES[schema].get(part, {})}


def faults(schema, row):
    """What ASIM's test of data would complain about in a row."""
    for column in of_schema(schema, "mandatory"):
        if row[column] in (None, ""):
            yield f"{column} is empty"
    for column, values in of_schema(schema, "values").items():
        if row.get(column) and row[column] not in values:
            yield f"{column} is {row[column]}"
    for column, look in of_schema(schema, "looks").items():
        if row.get(column) not in (None, "") and not looks_right(look, row[column]):
            yield f"{column} is {row[column]}, no {look}"
    for column, parent in of_schema(schema, "aliases").items():
        if parent in row and row[column] != row[parent]:
            yield f"{column} is not {parent}"
    for column, parent in of_schema(schema, "conditional").items():
        if parent in row and row[parent] and not row[column]:
            yield f"{parent} has no {column}"


def looks_right(look, value):
    if look == "level":
        return 0 <= value <= 100
    if look == "address":
        return is_address(value)
    return bool(LOOKS[look].fullmatch(value)) or (look == "hostname" and is_address(value))


def is_address(value):
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False
