"""What the configuration says of the view, in the words of the renderer; and whether it can be done."""

import os

from polylogue.config import Config
from polylogue.config.reader import ConfigFile
from polylogue.errors import ConfigError
from polylogue.render.names import check_layout
from polylogue.render.options import Look


def look_of(config: Config) -> Look:
    """Return how notes are to look."""
    vault = config.vault
    return Look(
        thinking=vault.show.thinking,
        tools=vault.show.tools,
        system=vault.show.system,
        properties=vault.properties.renamed(),
        date_format=vault.date_format,
        remote_images=vault.remote_images,
    )


def check_view(config: Config) -> None:
    """Raise ConfigError, with the line, for what only the renderer can tell to be wrong."""
    try:
        check_layout(config.vault.layout)
    except ConfigError as error:
        if config.file is None or not os.path.lexists(config.file):
            raise
        what = f"{error.message.rstrip('.')}. {error.advice.rstrip('.')}"
        ConfigFile.open(config.file).fail([("vault", "layout")], what)
