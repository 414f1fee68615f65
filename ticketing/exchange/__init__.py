"""Tickets out of the store and into it: exports, their re-import, and old systems' tickets."""
