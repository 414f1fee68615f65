"""What the line writes is its owner's only; the doctor says where it is not."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.children import Child
from service.cli import main
from service.doctor import examine, show_findings
from service.findings import Finding
from service.paths import HOME, Var


@pytest.fixture(autouse=True)
def usual_umask() -> object:
    """That of most machines, whatever ran before."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_var_is_the_owners_only(tmp_path: Path) -> None:
    var = Var.at(tmp_path / "var")
    var.make()
    assert {mode(path) for path in (var.root, *var.private)} == {0o700}


def test_a_folder_of_the_operator_keeps_its_permissions(tmp_path: Path) -> None:
    var = Var.at(tmp_path)
    var.root.chmod(0o755)
    var.log.mkdir(mode=0o755)
    var.make()
    assert mode(var.root) == 0o755
    assert {mode(path) for path in var.private} == {0o700}


def test_up_and_its_children_write_private_files(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("sipp: {}\n")
    CliRunner().invoke(main, ["up", "--config", str(config), "--var", str(tmp_path / "var")])
    made = tmp_path / "made"

    async def start() -> int | None:
        command = [sys.executable, "-c", f"open({str(made)!r}, 'w')"]
        child = Child.start("child", command, tmp_path / "child.log", dict(os.environ))
        await child.wait(10)
        return child.status

    assert asyncio.run(start()) == 0
    assert mode(made) == 0o600


def test_a_child_started_by_hand_writes_private_files(tmp_path: Path) -> None:
    import subprocess

    program = (
        "import os, asyncio\n"
        "from service import processes\n"
        "async def work(parent): pass\n"
        "processes._run(work)\n"
        f"open({str(tmp_path / 'made')!r}, 'w')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(HOME)})
    assert mode(tmp_path / "made") == 0o600


def findings(var: Var, config: Path, part: str) -> list[Finding]:
    found = asyncio.run(examine(var.root, config))
    return [finding for finding in found if finding.part == part]


def test_the_doctor_finds_open_files(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("recordings: {dir: archive}\n")
    (tmp_path / "archive").mkdir()
    var = Var.at(tmp_path / "my line")
    var.make()
    (var.root / "store.sqlite").touch()
    var.log.chmod(0o755)
    (archive,) = findings(var, config, "permissions")
    assert (archive.level, archive.message.split()[0]) == ("warning", f"{tmp_path}/archive")

    var.root.chmod(0o755)
    found = findings(var, config, "permissions")
    assert [f.fix for f in found if f.level == "failed"] == [
        f"chmod go= '{var.log}'",
        f"chmod go= '{var.root}/store.sqlite'",
    ]

    for path in (tmp_path / "archive", var.root):
        path.chmod(0o700)
    (whole,) = findings(var, config, "permissions")
    assert whole.level == "ok"


def test_the_doctor_says_a_fix_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("sipp: {}\n")
    show_findings(findings(Var.at(tmp_path / "var"), config, "settings"))
    assert capsys.readouterr().out.count("did you mean sip?") == 1
