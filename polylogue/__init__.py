"""polylogue keeps every conversation that a person has had with an AI."""

__version__ = "0.1.0"
