"""What the other side of the hub's API does: a person, a clerk's machine, staff; each with their own key."""
