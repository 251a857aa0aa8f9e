"""Text in, Reading out. Knows no language and no sender by name: those are data in `config/`."""
