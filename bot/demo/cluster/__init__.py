"""A cluster to try things in: objects in -> an API server on loopback that answers as the real one does."""
