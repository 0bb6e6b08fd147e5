"""The JSON Schema of the campaign language, for editors and for programs that write campaigns."""
