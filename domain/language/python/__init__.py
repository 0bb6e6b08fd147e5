"""The Python form of the campaign language: the words of the YAML form as typed classes."""
