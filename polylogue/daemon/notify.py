"""Tell systemd how it goes: READY=1, STATUS=…, WATCHDOG=1, STOPPING=1 (sd_notify(3)).

A datagram to the socket that `$NOTIFY_SOCKET` names; without it, nothing happens.
"""

import os
import socket
from collections.abc import MutableMapping


class Notifier:
    """Takes `$NOTIFY_SOCKET` and the watchdog's interval out of the environment."""

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        address = environ.pop("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        interval = environ.pop("WATCHDOG_USEC", "")
        for_us = environ.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_seconds = int(interval) / 1e6 if interval.isdigit() and for_us else None

    def send(self, **states: str) -> None:
        """Send states such as `READY="1"`."""
        if not self._address:
            return
        message = "\n".join(f"{key}={value}" for key, value in states.items())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            try:
                sender.sendto(message.encode(), self._address)
            except OSError:
                return  # nobody listens any more; the daemon's work does not depend on it
