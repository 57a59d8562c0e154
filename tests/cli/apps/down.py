"""An application that does not load."""

raise RuntimeError("there is no database")
