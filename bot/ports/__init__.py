"""What the core asks of the world, as protocols. Whoever answers is chosen in ``wiring``."""
