"""The product put on trial as a whole: drills and benchmarks, on real servers and separate processes.

It stands above everything else, and nothing of the product knows of it but the command line's entrypoint.
"""
