"""Records → text: notes for Obsidian, their names, and making imported text inert. No I/O, no clock."""
