"""How long the UI's pages take with many folders: `python -m benchmarks.pages [FOLDERS] [MADE]`.

Makes a Dagster home in which so many folders are known and some are materialized, serves it by
`dagster-webserver`, and asks for what the pages ask for. The processor time is the server's own.
"""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import requests

from orchestration.defs.partitions import register

ASSET = '{path: ["resized_photos"]}'
QUERIES = {
    "the graph and the list of assets": "{assetNodes {id assetKey {path} groupName kinds}}",
    "an asset's partitions": f"""{{assetNodeOrError(assetKey: {ASSET}) {{... on AssetNode {{
        partitionKeysByDimension {{name partitionKeys type}}
        assetPartitionStatuses {{... on DefaultPartitionStatuses {{
            materializedPartitions failedPartitions
            unmaterializedPartitions materializingPartitions}}}}}}}}}}""",
    "how many are materialized": f"""{{assetNodeOrError(assetKey: {ASSET}) {{... on AssetNode {{
        partitionStats {{numMaterialized numPartitions numFailed}}}}}}}}""",
    "one partition's history": f"""{{assetOrError(assetKey: {ASSET}) {{... on Asset {{
        assetMaterializations(partitions: ["0000/007"], limit: 20) {{
            timestamp partition metadataEntries {{label}}}}}}}}}}""",
    "the plots of an asset": f"""{{assetOrError(assetKey: {ASSET}) {{... on Asset {{
        assetMaterializations(limit: 100) {{timestamp partition metadataEntries {{
            label ... on IntMetadataEntry {{intValue}}}}}}}}}}}}""",
    "the runs": "{runsOrError(limit: 25) {... on Runs {results {runId status tags {key value}}}}}",
}


def main(folders: int, made: int) -> None:
    """Make the home, serve it, and time every page three times."""
    with TemporaryDirectory() as home:
        keys = [f"{n // 200:04}/{n % 200:03}" for n in range(folders)]
        with dg.DagsterInstance.from_config(_configured(home)) as instance:
            register(instance, keys)
            for key in keys[:made]:
                instance.report_runless_asset_event(
                    dg.AssetMaterialization(
                        "resized_photos", partition=key, metadata={"photos": 100, "refused": 1}
                    )
                )
        print(f"{folders:,} folders, {made:,} of them materialized; seconds, and of the processor")
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-W", "ignore", "-m", "dagster_webserver", "-h", "127.0.0.1"]
        command += ["-p", str(port), "-m", "orchestration.definitions"]
        environment = {**os.environ, "DAGSTER_HOME": home}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                _time(f"http://127.0.0.1:{port}", server.pid)
            finally:
                server.terminate()


def _time(url: str, server: int) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            query = {"query": "{assetNodes {id}}"}
            if requests.post(f"{url}/graphql", json=query, timeout=60).json()["data"]["assetNodes"]:
                break
        except requests.RequestException:
            time.sleep(0.5)
    for name, query in QUERIES.items():
        best, cpu, size = 1e9, 1e9, 0
        for _ in range(3):
            began, before = time.monotonic(), _cpu(server)
            said = requests.post(f"{url}/graphql", json={"query": query}, timeout=300)
            best = min(best, time.monotonic() - began)
            cpu = min(cpu, _cpu(server) - before)
            size = len(said.content)
            if "errors" in said.json():
                raise SystemExit(json.dumps(said.json()["errors"])[:500])
        print(f"{name:34} {best:6.2f} {cpu:6.2f}   {size / 1e6:.2f} MB")


def _cpu(process: int) -> float:
    """The processor time of a process and of those it waited for, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _configured(home: str) -> str:
    Path(home, "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    return home


if __name__ == "__main__":
    main(*(int(text) for text in (*sys.argv[1:], "20000", "2000")[:2]))
