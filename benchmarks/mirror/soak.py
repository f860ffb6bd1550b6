"""Mirror many small photos through the emulator for half an hour while everything fails at random.

    python -m benchmarks.mirror.soak --photos 20000 --minutes 30

Requests meet faults, the store goes down now and then, photos come, change and go. A run that the
faults end is started again, as Dagster would. Then the weather clears, and what holds of every
mirror must hold of this one. Writes soak.md.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Thread
from urllib.parse import urlsplit

from orchestration import bootstrap
from orchestration.blobs.address import parse_address
from orchestration.blobs.base import Properties, Store, find
from orchestration.blobs.open import open_store
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.ledger.refusals import recorded
from orchestration.settings import ContainersSettings, RecipeSettings
from orchestration.settings_from_environment import read_settings
from tests.azurite.emulator import KEY, running
from tests.faulty_proxy import (
    Answers,
    Fault,
    FlipsBit,
    FlipsBitOfRequest,
    LosesReply,
    Proxy,
    ResetsBefore,
    ResetsDuring,
    Stalls,
    Truncates,
    Weather,
    proxied,
)
from tests.mirror_invariants import listed, out_of_step
from tests.noise_photos import BUDGET, photo

RESULTS = Path(__file__).parents[1] / "results"
JPEG = Properties("image/jpeg")
PATIENCE = 60.0
UPLOADERS = 8
BROKEN_IN = 200
SECONDS_BETWEEN_OUTAGES = 300
OUTAGE_SECONDS = 90
SECONDS_BETWEEN_CHANGES = 2.0

PASSING: list[tuple[float, Fault]] = [
    (0.01, Answers(503)),
    (0.002, Answers(503, {"Retry-After": "1"})),
    (0.005, Answers(429, code="TooManyRequests")),
    (0.01, Answers(500, code="InternalError")),
    (0.002, Answers(408, code="RequestTimeout")),
    (0.003, Answers(502, code="")),
    (0.01, ResetsBefore()),
    (0.00002, Answers(403, code="AuthenticationFailed")),
]
BROKEN_ANSWERS: list[tuple[float, Fault]] = [(0.005, ResetsDuring()), (0.005, Truncates())]
# A listing has no digest: only TLS guards it against a flipped bit, so here none is flipped there.
WEATHER = {
    ("GET", "list"): [*PASSING, *BROKEN_ANSWERS],
    ("GET", "blob"): [*PASSING, *BROKEN_ANSWERS, (0.005, FlipsBit()), (0.0005, Stalls(75))],
    ("PUT", "blob"): [*PASSING, (0.02, LosesReply()), (0.005, FlipsBitOfRequest())],
    ("PUT", "copy"): [*PASSING, (0.02, LosesReply())],
    ("PUT", "metadata"): [*PASSING, (0.02, LosesReply())],
    ("HEAD", "blob"): PASSING,
    ("DELETE", "blob"): [*PASSING, (0.02, LosesReply())],
}
OUTAGE = {kind: [(1.0, Answers(503))] for kind in WEATHER}


@dataclass
class World:
    """Two containers behind a proxy, and what happens to them."""

    proxy: Proxy
    folder: Path
    random: Random = field(default_factory=lambda: Random(7))
    names: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    changes: int = 0
    outages: int = 0

    def __post_init__(self) -> None:
        """Make the containers: photos are uploaded on a way that never fails."""
        raw, resized = (self.proxy.upstream.new_container(one) for one in ("raw", "resized"))
        self.environment = os.environ | {
            "PHOTO_MIRROR_RAW": self._behind(raw),
            "PHOTO_MIRROR_RESIZED": self._behind(resized),
            "PHOTO_MIRROR_BUDGET": str(BUDGET),
            "PHOTO_MIRROR_EFFORT": "balanced",
            "PHOTO_MIRROR_WORKERS": "2",
            "PHOTO_MIRROR_PATIENCE": str(PATIENCE),
            "AZURE_STORAGE_KEY": KEY,
        }
        self._raw_url = raw
        # The key is sent only to the account of the addresses in this process's environment.
        sound = {"PHOTO_MIRROR_RAW": raw, "PHOTO_MIRROR_RESIZED": resized}
        os.environ |= sound | {"AZURE_STORAGE_KEY": KEY, "PHOTO_MIRROR_PATIENCE": "600"}
        self.raw: Store = open_store(parse_address(raw, "resized"))
        containers = read_settings(ContainersSettings, self.environment | sound)
        recipe = read_settings(RecipeSettings, self.environment | sound)
        self.mirror = bootstrap.open_mirror(containers, recipe, Policy())

    def _behind(self, url: str) -> str:
        return url.replace(self.proxy.upstream.blobs, self.proxy.azurite.blobs)

    def fill(self, photos: int) -> None:
        """Let all photos come."""
        self.names = [f"{at % 7}/{at % 11:02}/{at:06}.jpg" for at in range(photos)]
        with ThreadPoolExecutor(UPLOADERS) as pool:
            for _ in pool.map(self._upload, range(UPLOADERS)):
                pass

    def _upload(self, part: int) -> None:
        """Put every n-th photo: by hand, for the SDK takes five times as long."""
        parts, token = urlsplit(self._raw_url), self.proxy.upstream.token("rwlc")
        headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": JPEG.content_type}
        with closing(http.client.HTTPConnection(parts.netloc)) as service:
            for name in self.names[part::UPLOADERS]:
                service.request("PUT", f"{parts.path}/{name}?{token}", self._photo(name), headers)
                answer = service.getresponse()
                answer.read()
                if answer.status != http.client.CREATED:
                    raise RuntimeError(answer.status)

    def _photo(self, name: str) -> bytes:
        """Make a photo; one in many is none that can be read."""
        data = photo(self.random.getrandbits(40), self.random.choice((24, 32, 96, 96, 112)))
        is_broken = self.random.randrange(BROKEN_IN) == 0
        (self.broken.add if is_broken else self.broken.discard)(name)
        return data[: len(data) // 3] if is_broken else data

    def put(self, name: str) -> None:
        """Let a photo come, or change."""
        held = next(find(self.raw, name), None)
        self.raw.write(name, self._photo(name), JPEG, replaces=held.etag if held else "")
        self.gone.discard(name)

    def change(self) -> None:
        """Let a photo change, or go."""
        self.changes += 1
        name = self.random.choice(self.names)
        held = next(find(self.raw, name), None)
        if held is None or self.random.randrange(5):
            self.put(name)
        else:
            self.raw.delete(name, held.etag)
            self.gone.add(name)

    def run(self) -> tuple[int, str]:
        """Mirror once, in the weather there is; return the exit code and the last words."""
        log = self.folder / "outcomes.log"
        command = [sys.executable, "-m", "tests.mirror.killable_run", str(log)]
        code = subprocess.run(command, env=self.environment, check=False).returncode
        said = log.read_text().splitlines()[-1:] if log.exists() else []
        return code, said[0] if code and said else ""

    def wrong(self) -> Iterator[str]:
        """What must not be, at the end."""
        yield from out_of_step(self.mirror, {}, self.gone)
        for refusal in recorded(self.mirror.ledger):
            if refusal.name not in self.broken:
                yield f"{refusal.name}: refused though it is sound: {refusal.reason}"
        times: Counter[tuple[str, str]] = Counter()
        for one in self.proxy.log:
            if one.method == "PUT" and one.stamp and one.carried_out in {201, 202}:
                times[one.path, one.stamp] += 1
        yield from (f"{path}: written {n} times" for (path, _), n in times.items() if n > 1)


def main() -> int:
    """Soak; the exit code says whether anything was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with running() as azurite, proxied(azurite) as proxy, tempfile.TemporaryDirectory() as folder:
        world = World(proxy, Path(folder))
        world.fill(asked.photos)
        print(f"{asked.photos:,} photos are there", flush=True)
        weather, ends = Weather(WEATHER, Random(8)), Counter[str]()
        proxy.weather = weather
        done = Event()
        meddler = Thread(target=_meddle, args=(world, done, weather))
        meddler.start()
        started = time.monotonic()
        until = started + 60 * asked.minutes
        try:
            while time.monotonic() < until or ends["succeeded"] == 0:
                code, said = world.run()
                ends["succeeded" if code == 0 else " ".join(said.split()[:2])] += 1
                print(f"{time.monotonic() - started:5.0f} s {code} {said}", flush=True)
        finally:
            done.set()
            meddler.join()
        minutes = (time.monotonic() - started) / 60
        proxy.weather = None
        code, said = world.run()
        wrong = [f"the last run ended with {code}: {said}"] if code else []
        before = len(proxy.log)
        world.run()
        idle = [one for one in proxy.log[before:] if one.method != "GET"]
        wrong += world.wrong()
        wrong += [f"a run with nothing to do asked for {one} {one.path}" for one in idle]
        text = _summary(world, weather, ends, minutes, wrong)
    (asked.out / "soak.md").write_text(text)
    print(text)
    return 1 if wrong else 0


def _meddle(world: World, done: Event, weather: Weather) -> None:
    """Change photos all the time, and take the store down now and then."""
    outage = time.monotonic() + SECONDS_BETWEEN_OUTAGES
    while not done.wait(SECONDS_BETWEEN_CHANGES):
        world.change()
        if time.monotonic() > outage:
            world.outages += 1
            world.proxy.weather = Weather(OUTAGE, weather.random, weather.met)
            done.wait(OUTAGE_SECONDS)
            world.proxy.weather = weather
            outage = time.monotonic() + SECONDS_BETWEEN_OUTAGES


def _summary(
    world: World, weather: Weather, ends: Counter[str], minutes: float, wrong: list[str]
) -> str:
    found = "\n".join(f"- {one}" for one in wrong) or "No violation was found."
    met = "\n".join(f"| `{fault}` | {n:,} |" for fault, n in sorted(weather.met.items()))
    runs = "\n".join(f"| {how} | {n} |" for how, n in ends.most_common())
    refused = len(list(recorded(world.mirror.ledger)))
    renditions, asked = len(listed(world.mirror.resized)), len(world.proxy.log)
    return f"""# A soak with faults

{len(world.names):,} small photos, mirrored for {minutes:.0f} minutes by two workers through a proxy
before the emulator. Meanwhile photos were changed, deleted or restored {world.changes:,} times.
The store was down {world.outages} times for {OUTAGE_SECONDS} s.
Of {asked:,} requests, {sum(weather.met.values()):,} had a fault.

| End of a run | Times |
|---|---|
{runs}

At the end, without faults: one run, and one more that wrote nothing. There are {renditions:,}
renditions, each complete, decodable and of its photo's last version.
{refused} photos are refused, all broken on purpose. No stamp was written twice, by the proxy's log.

{found}

| Fault | Times |
|---|---|
{met}
"""


if __name__ == "__main__":
    sys.exit(main())
