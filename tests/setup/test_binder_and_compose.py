"""Binder's files and the compose file, held against the programs that read them."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
PROFILES = ["--profile", "everything", "--profile", "lab", "--profile", "mongodb"]
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
    assert not {"redis-server", "c-compiler"} & set(
        environment["dependencies"]
    )  # wheels bring both
    assert all(isinstance(line, str) and "-e" not in line for line in environment["dependencies"])


@pytest.mark.parametrize("name", ["postBuild", "start", ".ci/run"])
def test_scripts_can_be_run_and_parsed(name):
    assert (ROOT / name).stat().st_mode & stat.S_IXUSR
    subprocess.run(["bash", "-n", ROOT / name], check=True)


def test_post_build_stops_at_the_first_error():
    assert "\nset -e\n" in (ROOT / "postBuild").read_text()


@pytest.mark.parametrize("name", ["postBuild", "docker/Dockerfile", "docker/grader/Dockerfile"])
def test_an_installation_takes_wheels_alone_and_fetches_what_the_lock_has(name):
    text = (ROOT / name).read_text()
    [locked] = [line for line in text.splitlines() if " -r " in line]
    assert "--require-hashes --only-binary :all:" in locked and locked.endswith("requirements.lock")
    [own] = [line for line in text.splitlines() if "--no-deps" in line]
    assert "--no-build-isolation" in own
    assert not re.search(r"\b(gcc|libc6-dev|build-essential|python3-dev)\b", text)


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
        [program, "-f", ROOT / "docker-compose.yml", *PROFILES, "config"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
    )


def test_docker_compose_takes_the_file():
    done = compose(**PASSWORDS)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert {"redis", "postgres", "memcached", "mariadb", "lab", "everything"} <= set(services)


def started(*profiles: str) -> dict[str, dict]:
    """The services that `docker compose up` starts with these profiles."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return {
        name: service
        for name, service in services.items()
        if "profiles" not in service or set(profiles) & set(service["profiles"])
    }


def test_the_profile_everything_opens_jupyterlab_with_every_store():
    stores = {"redis", "postgres", "memcached", "mariadb", "mongodb"}
    services = started("everything")
    assert set(services) == stores | {"everything"}
    lab = services["everything"]
    assert set(lab["depends_on"]) == stores
    for name in ("REDIS_URL", "DATABASE_URL", "MEMCACHED_URL", "MARIADB_URL", "MONGODB_URL"):
        host = urlsplit(lab["environment"][name]).hostname
        assert host in stores, name
    assert lab["ports"] == ["127.0.0.1:8888:8888"]


@pytest.mark.parametrize("profile", ["everything", "lab", "mongodb"])
def test_nothing_waits_for_what_is_not_started_and_no_port_is_asked_for_twice(profile):
    services = started(profile)
    waited_for = {other for service in services.values() for other in service.get("depends_on", [])}
    assert waited_for <= set(services)
    ports = [port for service in services.values() for port in service["ports"]]
    assert len(set(ports)) == len(ports)


def test_jupyterlab_has_the_servers_that_chapters_start_for_themselves():
    """As Binder has: no Python package brings them along."""
    image = (ROOT / "docker/Dockerfile").read_text()
    assert [name for name in (ROOT / "apt.txt").read_text().split() if name not in image] == []


def test_mongodb_and_its_app_come_with_their_profiles_only():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert {"mongodb", "mongodb-app"} <= set(started("mongodb"))
    assert "mongodb" not in started() and "mongodb-app" not in started("everything")
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
