"""Suggestions (智能建议): what a text is about, where it happens, who handles it. People decide."""
