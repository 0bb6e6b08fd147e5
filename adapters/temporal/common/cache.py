"""How many runs a worker keeps in memory."""

CACHED_RUNS = 1000
"""Unless it is told otherwise; `drumbeat bench memory` tells what they take.

When something happens to another one, its history is fetched and replayed: some ten milliseconds here, and a
page of history from the server.
"""
