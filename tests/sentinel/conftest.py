"""Shared fixtures: the deployment template, the filter command and a workspace."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "sentinel" / "tools"))
sys.path.insert(0, str(Path(__file__).parent))

from workspace import Workspace  # noqa: E402


def command():
    """Returns the path of the eset-filter command that `make test` builds."""
    return os.environ.get("ESET_FILTER", str(ROOT / "target" / "debug" / "eset-filter"))


@pytest.fixture(scope="session")
def template():
    return json.loads(subprocess.run([command(), "azure"], stdout=subprocess.PIPE, check=True).stdout)


@pytest.fixture(scope="session")
def workspace(template):
    workspace = Workspace(template)
    # For a scenario's few rows, planning a query takes longer than running it.
    workspace.connection.execute("PRAGMA disable_optimizer")
    return workspace
