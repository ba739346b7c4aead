"""What Slack takes and what it refuses: a payload in, every fault of its shape and size out."""
