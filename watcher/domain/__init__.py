"""The heart: orders, events, cases, clocks and steps. Standard library only, no I/O, no clock."""
