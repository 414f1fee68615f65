"""The operations by subject; each module declares a `routes` that is listed here."""

from console.routes import session

ALL = (*session.routes,)
