"""python -m tests.bench.speech [vosk|whisper] [streams...]: one worker's load on this machine."""

import asyncio
import sys

from recordings.settings import SpeechSettings
from recordings.speech.bench import bench_speech
from recordings.speech.engine import EngineChoice
from service.provision.models import korean_vosk, resolve_engine
from tests.integration.speech_kit import FIXTURES, pcm_of, transcripts


def main() -> None:
    engine = sys.argv[1] if len(sys.argv) > 1 else "whisper"
    streams = [int(number) for number in sys.argv[2:]] or [1, 2, 3, 4]
    if engine == "vosk":
        choice = EngineChoice(
            name="vosk", model=korean_vosk(say=print), language="ko", wide_band=True
        )
        language = "ko"
    else:
        wanted = SpeechSettings(engine="whisper")
        choice, language = resolve_engine(wanted, offline=False, say=print), "zh"
    sounds = [pcm_of(FIXTURES / language / row["file"]) for row in transcripts(language)]
    for load in asyncio.run(bench_speech(choice, sounds, streams=streams)):
        print(
            f"{engine} {load.streams} streams ({load.refused} refused, "
            f"{load.speech_share:.0%} speech): {load.cpu_per_second:.2f} CPU-s a second, "
            f"text after {load.final_p50:.2f} s (p95 {load.final_p95:.2f} s), "
            f"worst lateness {load.behind:.2f} s, {load.memory_mb:.0f} MB"
        )


if __name__ == "__main__":
    main()
