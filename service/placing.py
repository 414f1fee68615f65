"""Files that Asterisk reads: its configuration and the prompts, written from the settings."""

from collections.abc import Callable
from pathlib import Path

from ivr.prompts.place import place
from ivr.prompts.voice import Voice, VoiceError
from service.bootstrap import install
from service.content import catalogue_of
from service.errors import SetupError
from service.paths import HOME
from service.provision.asterisk import Asterisk
from service.provision.debian import cache_dir
from service.provision.render import Rendered, render
from service.runtime import Runtime


def place_prompts(runtime: Runtime, *, offline: bool, say: Callable[[str], None]) -> None:
    """Put every prompt of these settings into VAR/prompts; what has no audio is spoken now.

    With `offline` nothing is synthesised that would have to be fetched first.
    """
    lock = HOME / "locks" / "voice.txt"
    voice = None if offline else Voice(cache_dir(), lock=lock, install=_install)
    place(
        catalogue_of(runtime.settings),
        runtime.prompts,
        cache=cache_dir(),
        voice=voice,
        report=say,
        studio=runtime.settings.prompts.studio_dir,
    )


def _install(lock: Path, site: Path) -> None:
    if install(lock, site) != 0:
        raise VoiceError("the packages of the voice could not be installed (see above)")


def render_for(runtime: Runtime, asterisk: Asterisk) -> Rendered:
    """Write Asterisk's configuration. Raises SetupError."""
    try:
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
