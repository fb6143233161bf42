"""Floor 8, the REST API: what an operator or a program may ask of the running daemon.

HTTP requests enter, over the Unix socket or over TCP with a token; JSON in one envelope leaves. It
asks the store, the fleet's control and the health board, and must not know how the command line
looks, nor how the daemon was put together.
"""
