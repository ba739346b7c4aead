"""One incident per cause and place: diagnosed failures in, Incident out."""
