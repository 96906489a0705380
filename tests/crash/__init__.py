"""Processes that are killed in the midst of a bulk request, and what must be true at its end."""
