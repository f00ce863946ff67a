"""Pages walked in Debian's Chromium: what only a browser can tell."""
