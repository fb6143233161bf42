"""Floor 6, engine: the threads that move readings from meters to the store and on to sinks.

What enters: meters and sinks as the store names them, and what operators ask.
What leaves: stored readings, acknowledged messages, and one picture of everyone's health.
It joins meters, policies, store, outbox and sinks; it knows neither API nor command line.
"""
