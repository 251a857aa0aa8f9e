"""A raw mail made into a `Message`: parsed within bounds, its sender proven or not."""
