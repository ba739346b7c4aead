"""One claim, one witness, one answer: Case in, Evidence out.

A check is a claim that can be true. It answers YES, NO, or UNKNOWN with the reason, and never raises for
what the world does. What the answers mean for a cause is not decided here but in ``playbooks/causes/``, and
what a person reads about them stands in ``playbooks/checks.yaml``.
"""
