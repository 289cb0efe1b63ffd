"""Updates docs/images/workbook*.png from the local page with generated messages. Run with `make screenshots`."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from conftest import ROOT, command
from test_page import CHROMIUM, served


def main():
    executable = shutil.which(CHROMIUM)
    if not executable:
        sys.exit("Chromium not found in PATH or CHROMIUM: install it with `apt-get install chromium`")
    images = ROOT / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        capture = Path(directory) / "demo.log"
        with capture.open("wb") as file:
            subprocess.run([command(), "generate", "--count", "5000"], stdout=file, check=True)
        with served("--spread", "7", capture) as port:
            script = str(Path(__file__).parent / "screenshots.mjs")
            subprocess.run(["node", script, executable, f"http://127.0.0.1:{port}/", str(images)], check=True)


if __name__ == "__main__":
    main()
