"""The command line: one module a command, each with `add_parsers`; wiring only, no rules."""
