"""The HTTP API for people's pages and for machines (控制台接口)."""
