"""The Octopus client: HTTP, tokens, errors and parsing. Knows no Home Assistant."""
