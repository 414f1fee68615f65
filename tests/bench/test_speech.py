"""The bench of recognition works: the real engine, alone and behind a worker."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main

pytestmark = pytest.mark.speech

SOUND = "tests/fixtures/speech/zh/U04_zm_yunjian.wav"


def test_one_stream_and_the_engine_alone(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("speech: {engine: whisper}\n")
    words = ["bench", "speech", "--streams", "1", "--seconds", "5", "--config", str(config)]
    done = CliRunner().invoke(main, [*words, "--json", SOUND], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["engine"] == "whisper"
    assert found["baseline_cpu_per_second"] > 0
    (one,) = found["measured"]
    assert (one["streams"], one["refused"]) == (1, 0)
    assert one["cpu_per_second"] > 0
    assert one["final_p50"] > 0
