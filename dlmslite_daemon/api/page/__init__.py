"""The page: what the API knows, drawn by the server and kept up to date by server-sent events.

In come requests of a browser and the same services as the routes have; out go whole pages and their
changed regions. It must not know: the wire, the engine's threads, what a token looks like inside.
Every page shows and every form works without a script; nothing is loaded from elsewhere.
"""
