"""The HTTP API, ``/v1``: one module for each kind of thing, behind one gate (`adapters.http.api.gate`)."""
