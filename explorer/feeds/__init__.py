"""From the run store to what pages draw, once for all sessions of the server: a file for each kind of picture."""
