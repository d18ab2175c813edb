"""One use case a function: load, decide, commit, nudge. Services talk to the world through `ports`."""
