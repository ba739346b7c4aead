"""Nodes to try things in: pods in -> pulls really asked of registries, and what a kubelet would write about them out."""
