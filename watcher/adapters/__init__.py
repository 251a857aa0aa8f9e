"""One library each, translated at the edge into the values of the domain."""
