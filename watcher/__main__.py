"""`python -m watcher` is `aliwatch`."""

from watcher.cli.main import main

main()
