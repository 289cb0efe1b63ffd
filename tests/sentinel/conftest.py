"""What the tests share: the template, the filter, a workspace, and scenarios."""

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
    """The eset-filter command, as `make test` builds it."""
    return os.environ.get("ESET_FILTER", str(ROOT / "target" / "debug" / "eset-filter"))


@pytest.fixture(scope="session")
def template():
    return json.loads(subprocess.run([command(), "azure"], stdout=subprocess.PIPE, check=True).stdout)


@pytest.fixture(scope="session")
def workspace(template):
    workspace = Workspace(template)
    # A query takes longer to plan than to run over a scenario's few rows.
    workspace.connection.execute("PRAGMA disable_optimizer")
    return workspace
