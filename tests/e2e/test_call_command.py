"""`hotline call` (测试来电): a newcomer's first call, from the command line."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from service.useragent import PromptSet, find, longest_tone, read_wav, tone
from tests.e2e.line import CLI, Line, environment, wait_for
from tests.e2e.phones import AGENT_TONE, CITIZEN_TONE, Phones
from tests.e2e.records import Records


def run(line: Line, *words: str) -> subprocess.CompletedProcess[str]:
    """`./hotline call WORDS` on this line."""
    command = [*CLI, "call", "--var", str(line.var.root), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, env=environment())


def heard(result: dict[str, Any]) -> list[str]:
    return [event["what"] for event in result["events"] if event["kind"] == "heard"]


async def test_menu_and_query_are_heard(
    line: Line, prompts: PromptSet, records: Records, tmp_path: Path
) -> None:
    out = tmp_path / "heard.wav"
    done = await asyncio.to_thread(
        run, line, "--press", "3,w9,0", "--for", "20", "--record", str(out), "--json"
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["answered"]
    assert heard(result)[:2] == ["welcome_short", "query_code_ask"]
    assert [e["what"] for e in result["events"] if e["kind"] == "key"] == ["3", "0"]
    assert 19 < result["seconds"] < 24
    row = await records.closed(result["from"])
    assert (result["call_id"], result["outcome"]) == (row["call_id"], row["outcome"])
    assert "听到" in done.stderr
    recording = read_wav(out)
    for key in ("welcome_short", "query_code_ask"):
        assert find(recording, prompts[key][0]) is not None
    await line.idle()


async def test_a_citizen_talks_to_an_agent(phones: Phones, line: Line, tmp_path: Path) -> None:
    words, heard_by_citizen = tmp_path / "words.wav", tmp_path / "out.wav"
    sound = np.repeat(tone(CITIZEN_TONE, 3.0), 2)  # 16 kHz, so an octave higher when read
    soundfile.write(words, sound, 16000)
    agent = await phones.agent("1001")
    call = asyncio.create_task(
        asyncio.to_thread(
            run, line, "--from", "13800000002", "--press", "w1,1,w9", "--say", str(words),
            "--record", str(heard_by_citizen), "--for", "24", "--json",
        )
    )  # fmt: skip
    rung = await agent.incoming(within=20)
    assert rung.peer == "13800000002"
    await rung.answer()
    await rung.hears_tone(CITIZEN_TONE, within=25, lasting=2.0)
    rung.hum(AGENT_TONE)
    done = await call
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["outcome"] == "agent_answered"
    assert {"says", "said"} <= {event["kind"] for event in result["events"]}
    assert longest_tone(read_wav(heard_by_citizen), AGENT_TONE)[1] > 1


def test_what_cannot_be_called(line: Line, tmp_path: Path) -> None:
    unknown = run(line, "--to", "999", "--json")
    assert unknown.returncode == 1
    result = json.loads(unknown.stdout)
    assert (result["answered"], result["outcome"]) == (False, None)
    assert "404" in result["reason"]

    stranger = run(line, "--from", "13800009999", "--json")
    assert stranger.returncode == 1
    error = json.loads(stranger.stdout)["error"]
    assert (error["code"], error["field"]) == ("no_account", "from")
    assert "13800000001" in error["fix"]

    silent = run(line, "--say", str(tmp_path / "nothing.wav"))
    assert silent.returncode == 1
    assert "nothing.wav" in silent.stderr

    assert run(line, "--press", "1,please").returncode == 2


def test_without_a_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CLI, "call", "--var", str(tmp_path / "none"), "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "not_running"


async def test_ctrl_c_hangs_up(line: Line, records: Records) -> None:
    command = [*CLI, "call", "--var", str(line.var.root), "--from", "13800000003"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=environment()
    )

    async def answered() -> bool:
        return bool((await line.status())["calls"] == 1)

    await wait_for(answered, within=20)
    await asyncio.sleep(2)
    process.send_signal(2)
    output, _ = await asyncio.wait_for(process.communicate(), 15)
    assert process.returncode == 0
    assert "Ctrl-C" in output.decode()
    row = await records.closed("13800000003")
    assert row["ended_by"] == "caller"
    await line.idle()
