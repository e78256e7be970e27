"""`python -m polylogue` is `polylogue`."""

from polylogue.cli import main

main()
