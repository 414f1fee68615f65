"""The prompts of a line for those who change them: the list, and what a text sounds like."""

import logging
import threading

from console.errors import ApiError
from console.line_desk import PromptInfo, unknown_prompt
from ivr.prompts.catalogue import TextError
from ivr.prompts.listening import NotSpoken, listen
from ivr.prompts.place import check_studio, heard_texts
from ivr.prompts.rendering import variables
from ivr.prompts.voice import Voice, VoiceError
from service.prompts import catalogue_of, voice
from service.provision.debian import cache_dir
from service.runtime import Runtime, UpOptions
from ticketing.refusal import Refusal

log = logging.getLogger(__name__)

_fetching = threading.Lock()
_one_at_a_time = threading.Lock()
"""The voice needs much memory and time."""


def prompt_list(runtime: Runtime) -> list[PromptInfo]:
    """All prompts, in their order."""
    catalogue = catalogue_of(runtime.settings)
    heard = heard_texts(runtime.prompts)
    return [
        PromptInfo(
            key=key,
            group=prompt.group,
            gloss=prompt.gloss,
            interruptible=prompt.interruptible,
            variables=sorted(variables(prompt.text)),
            default=catalogue.plain[key],
            text=prompt.text,
            is_heard=heard.get(key) == prompt.text,
        )
        for key, prompt in catalogue.prompts.items()
    ]


def sound_of(runtime: Runtime, key: str, text: str | None) -> bytes:
    """A WAV file of a prompt with another text, or as it is."""
    settings = runtime.settings
    if text is not None:
        texts = {**settings.prompts.texts, key: text}
        prompts = settings.prompts.model_copy(update={"texts": texts})
        settings = settings.model_copy(update={"prompts": prompts})
    try:
        catalogue = catalogue_of(settings)
    except TextError as error:
        raise Refusal("invalid_value", "text", error.told, "请改正后再试听") from None
    if key not in catalogue.prompts:
        raise unknown_prompt(key)
    folder = settings.prompts.studio_dir
    studio = check_studio(folder, catalogue) if folder is not None and text is None else None
    speaking, said = voice(fetch=False), list[str]()
    try:
        with _one_at_a_time:
            return listen(
                catalogue, key, cache=cache_dir(), voice=speaking, report=said.append, studio=studio
            )
    except NotSpoken as error:
        log.warning("prompt %s not spoken: %s", key, "; ".join(said))
        raise _unspoken(runtime, speaking, str(error)) from None


def _unspoken(runtime: Runtime, speaking: Voice, text: str) -> ApiError:
    try:
        speaking.files(log.info)
    except VoiceError:
        _fetch(runtime)
        return ApiError(
            503,
            "voice_missing",
            "text",
            "合成音还没有安装，暂时不能试听新文字",
            "有外网的机器正在安装（约430MB），请几分钟后再试；没有外网的，请用录音棚录音",
        )
    return ApiError(422, "invalid_value", "text", f"“{text[:40]}”无法合成", "请换一种说法")


def _fetch(runtime: Runtime) -> None:
    """Has the voice installed beside everything else, where the line may fetch."""
    if UpOptions.load(runtime.var).offline or _fetching.locked():
        return

    def work() -> None:
        with _fetching:
            try:
                voice(fetch=True).files(log.info)
            except VoiceError as error:
                log.warning("voice: %s", error)

    threading.Thread(target=work, name="voice", daemon=True).start()
