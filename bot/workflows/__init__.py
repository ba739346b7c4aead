"""The order of the steps, and nothing else: a cluster in, a Report out."""
