"""The line live in the console's pages."""
