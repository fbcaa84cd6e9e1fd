"""Upkeep: what keeps the book safe when nobody looks.

It owns the plan of backups, the places they are brought to, what became of each, and the rehearsals of their return. It
promises that the secrets of places lie sealed, and that a backup is called good only when it lies whole in a place.
Words: backup, place, copy, rehearsal.
"""
