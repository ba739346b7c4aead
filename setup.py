"""Puts playbooks/ into the wheel, as bot/_playbooks: people edit them at the top, an installed tool needs them inside.

Everything else stands in pyproject.toml. In an editable install nothing is copied: the tool finds the folder
beside the checkout (`bot.wiring.shipped_playbooks`).
"""

import sys

from setuptools import find_packages, setup


EDITABLE = "editable_wheel" in sys.argv

setup(
    packages=[*find_packages(include=["bot*"]), *([] if EDITABLE else ["bot._playbooks"])],
    package_dir={} if EDITABLE else {"bot._playbooks": "playbooks"},
    # An editable install reads these in place, and setuptools would warn of every folder of data.
    package_data={}
    if EDITABLE
    else {
        "bot._playbooks": ["**/*"],
        "bot.demo": ["recordings/**/*", "story.txt"],
        "bot.demo.workspace": ["page/*"],
        "bot": ["py.typed"],
    },
    include_package_data=not EDITABLE,
)
