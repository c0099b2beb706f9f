"""The Ray engine on nodes of this machine: one is killed in the middle, and every item ends exactly once."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gramophone.batch.cluster import Cluster
from gramophone.errors import UsageError
from gramophone.workers.subprocess_env import environment

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own


@pytest.fixture
def ray():
    """Ray, where it is installed."""
    return pytest.importorskip("ray", reason="the engine ray needs Ray: pip install 'gramophone[ray]'")


@pytest.fixture
def nodes(ray, monkeypatch):
    """A cluster of one node without places and two with one each; the last can be killed."""
    from ray.cluster_utils import Cluster as Nodes

    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    small = {"object_store_memory": 100 * 2**20, "include_dashboard": False}
    try:
        nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 0, **small})
        mortal = [nodes.add_node(num_cpus=1, object_store_memory=100 * 2**20) for _ in range(2)]
    except Exception as error:  # noqa: BLE001 - Ray waits 30 s for a node and raises a plain Exception
        pytest.skip(f"Ray's own nodes do not start here: {error}")
    yield nodes, mortal[-1]
    ray.shutdown()
    nodes.shutdown()


SILENT = """
import sys
from gramophone.batch.cluster import Cluster
from gramophone.errors import UsageError
try:
    list(Cluster(sys.argv[1]).run(iter(()), print, lambda: False))
except UsageError as error:
    print(error)
"""


class TestLostNodes:
    def test_a_lost_node_loses_no_item_and_repeats_none(self, nodes, items, run_items, tmp_path):
        together = 3
        (nodes, mortal), log = nodes, tmp_path / "log"
        jobs = [*(["sleep"] * 10), "refuse", "crash"]
        planned = items(*({"strength": job, "seconds": "0.2", "log": str(log)} for job in jobs))
        counts = []

        def on_progress(progress):
            counts.append(progress.done)
            if progress.done == 3:
                nodes.remove_node(mortal, allow_graceful=False)

        _, results = run_items(planned, engine=Cluster(nodes.address, group_size=together), on_progress=on_progress)
        assert [one["place"] for one in results] == list(range(12))
        assert [one["status"] for one in results] == ["made"] * 10 + ["failed"] * 2
        assert results[11]["tries"] == 3
        assert "the cluster lost the item" in results[11]["error"]
        assert len(list((tmp_path / "out").glob("*.wav"))) == 10
        begun = [place for place in map(int, log.read_text().split()) if place < 10]
        assert set(begun) == set(range(10))
        assert len(begun) <= 10 + together  # what the lost node had begun
        again, _ = run_items(planned[:11], engine=Cluster(nodes.address))
        assert (again.progress.kept, again.progress.failed) == (10, 1)


class TestRefusals:
    @pytest.mark.parametrize(
        ("address", "said"),
        [
            ("nowhere", "'nowhere' is not an address of a cluster"),
            ("127.0.0.1:1", "no Ray cluster at 127.0.0.1:1"),
            ("[::1]:99999", "no Ray cluster at"),
        ],
    )
    def test_addresses_that_lead_nowhere(self, ray, items, run_items, address, said):
        with pytest.raises(UsageError, match=said.replace("[", r"\[")):
            run_items(items({}), engine=Cluster(address))

    def test_a_port_that_never_answers_is_given_up(self, ray):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"127.0.0.1:{server.getsockname()[1]}"
            command = [sys.executable, "-c", SILENT, address]
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), timeout=60)
        assert done.stdout.startswith(f"no Ray cluster at {address} (")

    def test_impossible_resources(self):
        with pytest.raises(UsageError, match=r"cpus must be between 0\.001 and 10000, not 0"):
            Cluster(cpus=0, gpus=1)

    def test_without_ray_it_is_said(self, items, run_items, monkeypatch):
        monkeypatch.setitem(sys.modules, "ray", None)
        with pytest.raises(UsageError, match=r"pip install 'gramophone\[ray\]'"):
            run_items(items({}), engine=Cluster())
