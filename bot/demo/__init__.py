"""The room of the demo: a story in, the lines to show one after another out.

It carries recordings of a real cluster (``recordings/``) and tells which questions are asked of them. Nothing
else in the house imports it.
"""
