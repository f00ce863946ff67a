"""One look for every page of the city: hub, authority and window's program; words, styles, layout, security headers."""
