"""Chapter 14's containers: a compose file that compose takes, and names that the chapter uses."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "docker/two-hosts.yml"


def test_docker_compose_takes_the_file():
    program = shutil.which("docker-compose")
    if program is None:
        missing = "docker-compose is not here; Debian's package of that name has it"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    command = [program, "-f", FILE, "config"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services["host-a"]["networks"]) & set(services["host-b"]["networks"]) == {"front"}
    assert set(services["store"]["networks"]) == {"cable-a", "cable-b"}


def test_it_serves_the_chapters_app_on_ports_of_this_machine_alone():
    services = yaml.safe_load(FILE.read_text())["services"]
    command = services["host-a"]["command"]
    module = command[command.index("uvicorn") + 1].partition(":")[0]
    folder = command[command.index("--app-dir") + 1]
    assert (ROOT / folder / f"{module}.py").is_file()
    for name in ("host-a", "host-b"):
        assert all(port.startswith("127.0.0.1:") for port in services[name]["ports"])
    assert re.search(r":\d+\.\d+", services["store"]["image"])
