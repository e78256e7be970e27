"""`python -m polylogue.daemon` is `polylogued`."""

from polylogue.daemon.main import main

main()
