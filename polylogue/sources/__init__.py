"""Sources: where things arrive, and when they are ready to be taken.

Scanning is the truth; watching only says when to scan. A source knows folders and files, never what
is in them beyond telling whether they are complete, and it knows nothing of the archive.

    files      opening what must be a regular file; walking a folder
    inbox      what lies in the inbox, and when each thing is ready
    sessions   what lies in the folders where coding agents write
    complete   whether a file is all there, by its format
    filing     moving taken things away, never over another
    watch      hints that something may have changed below a folder
"""
