"""What keeps the secrets of the HTTP API's keys."""
