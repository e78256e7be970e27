"""`polylogued`: watches the inbox, keeps the vault current, answers `polylogue ctl`."""

from polylogue.daemon.main import main

__all__ = ["main"]
