"""Asterisk's configuration of a runtime; a name that cannot be carried stops the set-up."""

import fcntl

from service.errors import SetupError
from service.provision.asterisk import Asterisk
from service.provision.render import Rendered, render
from service.runtime import Runtime


def render_for(runtime: Runtime, asterisk: Asterisk) -> Rendered:
    """Write Asterisk's configuration; one process at a time. Raises SetupError."""
    try:
        with (runtime.var.run / "rendering.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return render(
                runtime.settings,
                var=runtime.var.root,
                modules_dir=asterisk.module_dir,
                data_dir=asterisk.data_dir,
                ports=runtime.ports,
                secrets=runtime.secrets,
            )
    except ValueError as error:
        raise SetupError("dialplan", str(error), "choose another folder with --var") from error
