"""Composition: command line, settings, set-up, supervision."""

__version__ = "0.1.0"
