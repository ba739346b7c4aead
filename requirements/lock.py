"""Renew the pinned requirements: ``*.in`` in, ``*.txt`` with hashes out.

Versions younger than a week are left alone: most bad releases are withdrawn within days. The resolver is
installed into an environment of its own that is thrown away. What is written names no index, so that whoever
installs uses their own.
"""

import datetime as dt
import subprocess
import sys
import tempfile
import venv
from pathlib import Path


HERE = Path(__file__).parent
COOL_DOWN = dt.timedelta(days=7)
# The oldest Python that pyproject.toml allows: what resolves there resolves on newer ones.
PYTHON = "3.11"
RESOLVER = "uv>=0.5"


def main(names: list[str]) -> None:
    """Lock each named file, or all of them."""
    newest = (dt.datetime.now(dt.UTC) - COOL_DOWN).strftime("%Y-%m-%dT00:00:00Z")
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", RESOLVER], check=True)
        for name in names or sorted(path.stem for path in HERE.glob("*.in")):
            subprocess.run([python, "-m", "uv", *_arguments(name, newest)], check=True, cwd=HERE)
            print(f"requirements/{name}.txt")


def _arguments(name: str, newest: str) -> list[str]:
    return [
        *("pip", "compile", "--quiet", "--upgrade", "--generate-hashes", "--universal"),
        *("--python-version", PYTHON, "--exclude-newer", newest, "--only-binary", ":all:"),
        *(
            "--no-header",
            "--no-annotate",
            "--no-emit-index-url",
            "--no-emit-find-links",
            "--no-emit-build-options",
        ),
        *("--output-file", f"{name}.txt", f"{name}.in"),
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
