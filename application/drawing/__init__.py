"""Drawings of campaigns, as text that other programs show."""
