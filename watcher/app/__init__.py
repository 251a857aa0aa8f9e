"""The composition root: the one place that sees everything."""
