"""The recognisers themselves, without a worker."""

import numpy as np
import pytest

from recordings.settings import SpeechSettings
from recordings.speech.whisper_engine import WhisperEngine
from service.provision.models import place_prompt, resolve_engine
from tests.integration.speech_kit import FIXTURES, bare, pcm_of

pytestmark = pytest.mark.speech


@pytest.fixture(scope="module")
def whisper() -> WhisperEngine:
    choice = resolve_engine(SpeechSettings(engine="whisper"), offline=False, say=print)
    assert choice.model is not None
    return WhisperEngine(choice.model, language="zh", prompt=place_prompt())


def test_words_have_times_in_order(whisper: WhisperEngine) -> None:
    pcm = pcm_of(FIXTURES / "zh" / "U08_zf_xiaobei.wav")
    found = whisper.transcribe(pcm)
    assert found is not None and found.confidence is not None
    assert 0.5 < found.confidence <= 1.0
    times = [time for word in found.words for time in (word.start, word.end)]
    assert times == sorted(times) and times[-1] <= len(pcm) / 16000
    assert "".join(word.word for word in found.words)[:3] == "我想请"


def test_nothing_is_made_of_noise(whisper: WhisperEngine) -> None:
    random = np.random.default_rng(7)
    for level in (0, 30, 300, 3000):
        for seconds in (0.1, 1, 4, 12):
            noise = random.normal(0, level, int(8000 * seconds)).astype("<i2").tobytes()
            found = whisper.transcribe(noise)
            assert found is None or len(bare(found.text)) <= 4, (level, seconds, found)


def test_simplified_characters_and_figures(whisper: WhisperEngine) -> None:
    found = whisper.transcribe(pcm_of(FIXTURES / "zh" / "U01_zm_yunjian.wav"))
    assert found is not None
    assert "5号楼" in found.text and "楼道" in found.text


def test_a_folder_without_a_model() -> None:
    from recordings.speech.vosk_engine import VoskEngine

    with pytest.raises(FileNotFoundError):
        VoskEngine(FIXTURES, language="zh", wide_band=False)
