"""Binder's files and the compose file, held against the programs that read them."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
PASSWORDS = {"POSTGRES_PASSWORD": "a", "MARIADB_PASSWORD": "b"}


@pytest.fixture(scope="module")
def binder(tmp_path_factory) -> str:
    """What repo2docker says about the files that it reads, which lie alone in a folder."""
    folder = tmp_path_factory.mktemp("binder")
    for name in ("environment.yml", "apt.txt", "postBuild", "start"):
        shutil.copy(ROOT / name, folder)
    done = subprocess.run(
        [Path(sys.executable).with_name("repo2docker"), "--no-build", "--debug", folder],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_repo2docker_takes_the_files_and_the_intended_python(binder):
    assert "Building conda environment for python=3.12" in binder
    assert "environment.py-3.12" in binder or "environment.lock" in binder
    assert "postBuild" in binder
    assert "/start" in binder


def test_the_servers_that_conda_lacks_come_from_the_systems_packages(binder):
    assert (
        "apt-get install --yes --no-install-recommends mariadb-client-core mariadb-server-core memcached"
        in binder
    )


def test_nothing_at_the_root_comes_before_environment_yml():
    for name in ("Dockerfile", "binder", ".binder", "runtime.txt", "setup.py"):
        assert not (ROOT / name).exists(), f"repo2docker would read {name}"


def test_the_environment_is_pure():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert "python=3.12" in environment["dependencies"]
    assert "redis-server" in environment["dependencies"]
    assert all(isinstance(line, str) and "-e" not in line for line in environment["dependencies"])


@pytest.mark.parametrize("name", ["postBuild", "start", ".ci/run"])
def test_scripts_can_be_run_and_parsed(name):
    assert (ROOT / name).stat().st_mode & stat.S_IXUSR
    subprocess.run(["bash", "-n", ROOT / name], check=True)


def test_post_build_stops_at_the_first_error():
    assert "\nset -e\n" in (ROOT / "postBuild").read_text()


def test_start_hands_over_with_the_prefix():
    command = [ROOT / "start", "sh", "-c", 'echo "$JUPYTERHUB_SERVICE_PREFIX"']
    for prefix, told in (("/user/a/", "/user/a/"), (None, "/")):
        env = {k: v for k, v in os.environ.items() if k != "JUPYTERHUB_SERVICE_PREFIX"}
        env |= {"JUPYTERHUB_SERVICE_PREFIX": prefix} if prefix else {}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == told


def compose(**env: str) -> subprocess.CompletedProcess:
    program = shutil.which("docker-compose")
    if program is None:
        missing = "docker-compose is not here; Debian's package of that name has it"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return subprocess.run(
        [program, "-f", ROOT / "docker-compose.yml", "config"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
    )


def test_docker_compose_takes_the_file():
    done = compose(**PASSWORDS)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert {"redis", "postgres", "memcached", "mariadb", "lab"} <= set(services)


def test_mongodb_and_its_app_come_with_their_profile_only():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert [name for name in services if services[name].get("profiles") == ["mongodb"]] == [
        "mongodb",
        "mongodb-app",
    ]
    app = services["mongodb-app"]["command"]
    assert (ROOT / app[2] / app[-1].replace(":app", ".py")).is_file()


def test_without_a_password_it_says_which_one_and_where_to_put_it():
    done = compose(MARIADB_PASSWORD="b")
    assert done.returncode != 0
    assert "POSTGRES_PASSWORD" in done.stderr
    assert "docker/.env.example" in done.stderr


def test_every_service_has_a_health_check_a_pinned_image_and_a_local_port():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for name, service in services.items():
        assert service["healthcheck"]["test"], name
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
        if "image" in service:
            assert re.search(r":\d+\.\d+", service["image"]), f"{name}: {service['image']}"


def test_no_literal_secret():
    text = (ROOT / "docker-compose.yml").read_text()
    for value in re.findall(r"PASSWORD: *(\S+)", text):
        assert value.startswith("${"), value
    example = (ROOT / "docker/.env.example").read_text()
    asked = re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE)
    assert dict(asked) == dict.fromkeys(PASSWORDS, "")
