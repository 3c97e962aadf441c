"""Tells the JupyterLab of this environment where `workerlab` is: in its terminal and its kernel.

Run by the environment's own Python. A login shell of Debian forgets the PATH that it was given,
and JupyterLab starts one: so its terminal reads `setup/terminal.bash`.
"""

import json
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PREFIX = Path(sys.prefix)


def write(place: str, content: dict) -> None:
    """Write one of Jupyter's JSON files, below the environment.

    A new file in the place of the old one, which uv may share with other environments.
    """
    file = PREFIX / place
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}")
    draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, file)


def main() -> None:
    write(
        "share/jupyter/lab/settings/overrides.json",
        json.loads((HERE.parent / "docker/overrides.json").read_text(encoding="utf-8")),
    )
    if bash := shutil.which("bash"):
        command = [bash, "--rcfile", str(HERE / "terminal.bash"), "-i"]
        terminal = {"ServerApp": {"terminado_settings": {"shell_command": command}}}
        write("etc/jupyter/jupyter_server_config.json", terminal)
    spec = "share/jupyter/kernels/python3/kernel.json"
    kernel = json.loads((PREFIX / spec).read_text(encoding="utf-8"))
    write(spec, kernel | {"env": {"PATH": f"{PREFIX / 'bin'}:${{PATH}}"}})


if __name__ == "__main__":
    main()
