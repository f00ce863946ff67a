"""The hub's pages for people. They call the core and hold no rule; Chinese first, English complete."""
