"""`python -m feeling_manager` is the command `feeling`."""

from feeling_manager.cli import main

main()
