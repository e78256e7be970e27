"""The only room with SQL: the archive, its two tiers, and the state of the machine."""
