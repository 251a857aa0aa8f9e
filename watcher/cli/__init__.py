"""Arguments in, text out, named exit codes. Decides nothing."""
