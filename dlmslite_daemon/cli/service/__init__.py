"""The systemd service: its unit as text, its installation as steps, and the host that they touch.

Enters: where the program, the store and the old unit are. Leaves: files, a user and a running
service. It knows nothing of meters, and only ``host.py`` runs a command or touches a file.
"""
