"""Lists on the screen: an id can be copied whole, however narrow the terminal."""

import pytest

from service.tables import print_rows


def test_ids_stay_whole_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "started_at": "2026-10-01T10:00:00+08:00",
        "recording_id": "hotline-1790000000.123456.rec.speaker.caller.1",
        "path": "/srv/hotline/recordings/2026/10/01/hotline-1790000000.123456.caller.wav",
        "title": "[路灯] 不亮 :smile:",
        "speaker": None,
    }
    print_rows([row], False, list(row))
    heads, line = capsys.readouterr().out.splitlines()
    assert heads.split() == list(row)
    assert [cell for cell in line.split("  ") if cell] == [
        *list(row.values())[:-1],
        "-",
    ]
