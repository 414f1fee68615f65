"""A speech worker's process, with the engine that `up` has chosen."""

from recordings.speech.engine import EngineChoice
from recordings.speech.worker import WorkerConfig, run_worker
from service.child import Parent
from service.paths import Var
from service.runtime import Runtime


async def run_speech(var: Var, number: int, parent: Parent) -> None:
    """Recogniser `number` (from 1) of live and archived speech."""
    runtime = Runtime.load(var)
    choice = EngineChoice.model_validate_json(var.speech_engine.read_text(encoding="utf-8"))
    config = WorkerConfig(
        index=number,
        control=var.speech_socket(number),
        engine=choice,
        store_url=runtime.store_url,
        capacity=runtime.settings.speech.streams_per_worker,
    )
    key = runtime.secrets.master_key
    await run_worker(config, key=key, ready=parent.ready, stop=parent.stop)
