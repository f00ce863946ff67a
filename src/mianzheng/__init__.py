"""mianzheng 免证: ask for the answer, not the document."""

__version__ = "0.1.0"
