"""What can go wrong between the controller and Asterisk."""


class AriError(Exception):
    """Asterisk refused a command. `status` is the HTTP status, 0 where no answer came."""

    def __init__(self, status: int, method: str, path: str, message: str) -> None:
        super().__init__(f"{method} {path}: {status} {message}")
        self.status = status


class Gone(AriError):
    """The channel, bridge, playback or recording is no longer there (404, 409, 412).

    A command to a dead channel is a hang-up, not an error: callers of the client treat it so.
    """
