"""What makes pods of workloads: Deployments and their like in -> ReplicaSets, Jobs and scheduled pods out."""
