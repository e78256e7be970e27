"""Containers: a file as it arrives → the byte strings in it, as a stream and with bounded memory.

`pieces.cut` cuts a byte stream at its documents, `zip.open_zip` opens an archive that may be
hostile. They are given open binary files and read functions, and open nothing themselves.
"""
