"""The room of the demo: a story in, the lines to show one after another out.

It carries recordings of a real cluster (``recordings/``) and tells which questions are asked of them, and a
simulated cluster (``cluster/``) that answers over HTTP as the recorded API server did, and simulated registries
(``registry/``), and a Slack workspace (``workspace/``) to which a bot connects and in which people act. Nothing else
in the house imports it, but for those who start it.
"""
