"""What can go wrong when watching, one clear sentence."""


class WatchError(Exception):
    """What cannot be watched, or was not given as it must be; and what to do instead."""
