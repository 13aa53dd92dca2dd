"""Tests the completions in real shells, by typing into them as a user would."""

import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

from program import PROGRAM

SHELLS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        r"""bind -x '"\C-g": printf "<<%s>>\n" "$READLINE_LINE"'""",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "autoload -Uz compinit; compinit -u -D; "
        'tell() { print -r -- "<<$BUFFER>>" }; zle -N tell; bindkey "^G" tell',
    ),
}


class Shell:
    """An interactive shell behind a terminal, with the program's completions."""

    def __init__(self, name, folder, installed=False):
        """`installed`: zsh finds the completions in a folder, as after `cmake --install`."""
        command, prepare = SHELLS[name]
        environment = {
            **os.environ,
            "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
            "PS1": "$ ",
            "TERM": "xterm",
            "HOME": str(folder),
            "INPUTRC": "/dev/null",
        }
        script = folder / ("_lrscape" if installed else "completions")
        script.write_text(
            subprocess.run(
                [PROGRAM, "completions", name], capture_output=True, check=True, text=True
            ).stdout
        )
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        self._read_until(r"\$ ")
        if installed:
            self._type(f"fpath=({folder} $fpath); {prepare}; echo rea''dy\n")
        else:
            self._type(f"{prepare}; source {script}; echo rea''dy\n")
        self._read_until("ready")

    def completed(self, line):
        """The line after a press of Tab."""
        self._type(f"\x15{line}\t")  # Ctrl-U empties the line.
        time.sleep(0.3)  # A shell may take a key pressed during a completion as an answer.
        self._type("\x07")
        return self._read_until(r"<<(.*?)>>").group(1)

    def close(self):
        os.close(self.terminal)
        os.kill(self.process, 9)
        os.waitpid(self.process, 0)

    def _type(self, text):
        os.write(self.terminal, text.encode())

    def _read_until(self, pattern, seconds=20):
        text = ""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.1)[0]:
                text += os.read(self.terminal, 65536).decode(errors="replace")
            found = re.search(pattern, text)
            if found:
                return found
        raise AssertionError(f"no {pattern!r} in {text!r}")


@pytest.fixture(params=SHELLS)
def shell(request, tmp_path):
    assert shutil.which(request.param), f"{request.param} is missing: run scripts/bootstrap test"
    (tmp_path / "features.npy").touch()
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
    shell = Shell(request.param, tmp_path)
    yield shell
    shell.close()


COMPLETED = {
    "lrscape swe": "lrscape sweep ",
    "lrscape help opti": "lrscape help optimizers ",
    "lrscape sweep --prec": "lrscape sweep --precision ",
    "lrscape sweep --math rep": "lrscape sweep --math reproducible ",
    "lrscape sweep --math=rep": "lrscape sweep --math=reproducible ",
    "lrscape sweep --optimizer sgd,adamw-l": "lrscape sweep --optimizer sgd,adamw-lh ",
    # A parameter still needs its value.
    "lrscape bound --schedule wsd:sha": "lrscape bound --schedule wsd:shape=",
    "lrscape bound --schedule wsd:cooldown=0.1,sh": "lrscape bound --schedule wsd:cooldown=0.1,shape=",
    "lrscape sweep --features feat": "lrscape sweep --features features.npy ",
    "lrscape sweep --features=feat": "lrscape sweep --features=features.npy ",
    "lrscape show map": "lrscape show map.zarr/",
    # Bash breaks words there.
    "lrscape show a:": "lrscape show a:b.zarr/",
    "lrscape show x=": "lrscape show x=y.zarr/",
    "lrscape sweep --out=a:": "lrscape sweep --out=a:b.zarr/",
}

FOLDERS = ["map.zarr", "a:b.zarr", "x=y.zarr"]


def test_a_tab_completes_the_word(shell):
    for line, expected in COMPLETED.items():
        # Bash adds no slash to a folder whose name it has broken.
        assert shell.completed(line).rstrip(" /") == expected.rstrip(" /"), line


def test_zsh_finds_the_completions_that_are_installed(tmp_path):
    shell = Shell("zsh", tmp_path, installed=True)
    try:
        # The first press of Tab loads the function, which must complete as well.
        assert shell.completed("lrscape swe").rstrip() == "lrscape sweep"
        assert shell.completed("lrscape export --for").rstrip() == "lrscape export --format"
    finally:
        shell.close()


def test_fish_offers_the_same_with_help(tmp_path):
    assert shutil.which("fish"), "fish is missing: run scripts/bootstrap test"
    (tmp_path / "features.npy").touch()
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()

    def offered(line):
        script = f"{PROGRAM} completions fish | source; complete -C '{line}'"
        environment = {
            **os.environ,
            "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
        }
        done = subprocess.run(
            ["fish", "-c", script],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=True,
            text=True,
        )
        return [offer.split("\t")[0] for offer in done.stdout.splitlines()]

    for line, expected in COMPLETED.items():
        word = expected.rstrip(" ").split(" ")[-1]
        assert word in offered(line), line
    assert offered("lrscape sweep --precision ") == ["fp32", "fp64"]


def test_the_manual_page_has_no_mistakes_for_groff(tmp_path):
    page = subprocess.run([PROGRAM, "man-page"], capture_output=True, check=True).stdout
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-c"], input=page, capture_output=True, check=True
    )
    assert done.stderr == b""
    assert "sweep" in done.stdout.decode()
