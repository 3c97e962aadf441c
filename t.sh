cd /tmp/warm; export PYTHONPATH=/tmp/warm/src WORKERLAB_HOME=/tmp/warm
bash -c "time /work/main/.venv/bin/python -m workerlab check lab08 --submission solutions" 2>&1
