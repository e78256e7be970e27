"""`polylogued`: watches the inbox, keeps the vault current, answers `polylogue ctl`.

main.py is the program. This file imports nothing, so that workers start fast.
"""
