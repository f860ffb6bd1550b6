"""Kills runs while they write, and looks for what that may have broken.

A run is stopped (SIGSTOP) at a random moment. If a write is in flight then, by the proxy's list of
requests under way or by a temporary file, some or all of its processes are killed there and then;
else it goes on to the next moment.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

import psutil

from orchestration import bootstrap
from orchestration.blobs.address import parse_address
from orchestration.blobs.base import Properties, Store
from orchestration.blobs.errors import ForeignError
from orchestration.blobs.open import open_store
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.mirror import Mirror
from orchestration.settings import ContainersSettings, RecipeSettings
from orchestration.settings_from_environment import read_settings
from tests import preloaded
from tests.azurite.emulator import KEY
from tests.faulty_proxy import Proxy, Waits
from tests.mirror.fake_mirror import World
from tests.mirror_invariants import listed, out_of_step, same_everywhere, torn
from tests.noise_photos import BUDGET, photo

Victim = Literal["everything", "the driver", "a worker"]
VICTIMS: tuple[Victim, ...] = ("everything", "everything", "the driver", "a worker")
TEMPORARY = ".photo-mirror-"
MADE = ("rendered", "passed_through")
JPEG = Properties("image/jpeg")
LONGEST_RUN = 300
# A request is held for so long on either side of the emulator, so that a kill can meet it.
HELD = 0.02


@dataclass(frozen=True)
class Kill:
    """One kill: of what, what was in flight, and what was found broken afterwards."""

    victim: Victim
    in_flight: str
    wrong: tuple[str, ...]


class Run(psutil.Process):
    """A run that goes on, as a process to stop, kill and wait for."""

    def __init__(self, program: preloaded.Program) -> None:
        super().__init__(program.pid)
        self._program = program

    def poll(self) -> int | None:
        """Return its exit code, or None while it goes on."""
        return self._program.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code, or minus the number of the signal that ended it."""
        return self._program.wait(timeout)


@dataclass
class Episode:
    """A mirror whose runs are killed one after the other until one comes through."""

    folder: Path
    random: Random
    proxy: Proxy | None = None
    photos: int = 60
    foreign: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.log = self.folder / "outcomes.log"
        self.errors = self.folder / "errors.log"
        self.environment = self._environment()
        self.raw: Store = open_store(parse_address(self._sound["PHOTO_MIRROR_RAW"], "resized"))
        self.mirror = self._mirror()
        self.contents: dict[str, bytes] = {}
        self.versions: Counter[str] = Counter()
        self.stood: dict[str, tuple[str, str]] = {}
        for at in range(self.photos):
            side = self.random.choice((32, 96, 96, 128, 160))
            self.put(
                f"{'abc'[at % 3]}/{at % 2}/{at:04}.jpg", photo(self.random.getrandbits(32), side)
            )
        for name in ("a/0/0000.jpg", "a/0/not ours.txt"):
            self.plant(name, b"somebody else's")

    def come(self, at: int) -> None:
        """Let a photo come: one in five fits as it is."""
        side = self.random.choice((32, 96, 96, 128, 160))
        name = f"{'abc'[at % 3]}/{at % 2}/{at:04}.jpg"
        self.put(name, photo(self.random.getrandbits(32), side))

    def put(self, name: str, data: bytes) -> None:
        """Let a photo come, or change."""
        held = next(iter(self.raw.list(name, end_before=f"{name}\0")), None)
        self.raw.write(name, data, JPEG, replaces=held.etag if held else "")
        self.contents[name] = data
        self.versions[name] += 1

    def plant(self, name: str, data: bytes) -> None:
        """Let somebody else write into the resized place, where nothing is yet."""
        with suppress(ForeignError):
            self.mirror.resized.write(name, data, Properties())
            self.foreign[name] = data

    def killed(self) -> Kill | None:
        """Run once, with a kill in it; None when the run came through before any."""
        photos_before = listed(self.mirror.raw)
        victim = self.random.choice(VICTIMS)
        run = self.start()
        in_flight = self._kill_at_a_write(run, victim)
        code = run.wait(LONGEST_RUN)
        if not in_flight:
            wrong = tuple(self.wrong(photos_before))
            if code or wrong:
                message = f"a run without a kill ended with {code}: {wrong}; {self.told()[-3:]}"
                raise AssertionError(message)
            return None
        wrong = tuple(self.wrong(photos_before))
        if victim == "a worker" and code:
            said = [*self.told()[-2:], *self.errors.read_text().splitlines()[-6:]]
            wrong += (f"the run that lost a worker ended with code {code}: {said}",)
        return Kill(victim, in_flight, wrong)

    def meddle(self) -> None:
        """Between runs: photos come and change, and somebody else writes where a photo waits."""
        for at in range(len(self.contents), len(self.contents) + 10):
            self.come(at)
        for name in self.random.sample(sorted(self.contents), 2):
            self.put(name, photo(self.random.getrandbits(32), 112))
        missing = sorted(self.contents.keys() - listed(self.mirror.resized).keys())
        if missing and self.random.random() < 0.3:
            self.plant(self.random.choice(missing), b"somebody else's, too")

    def finish(self) -> list[str]:
        """Let a run come through and another follow; say what is not as if nothing had happened."""
        wrong = []
        photos_before = listed(self.mirror.raw)
        code = self.start().wait(LONGEST_RUN)
        if code:
            wrong.append(f"the last run ended with code {code}: {self.told()[-3:]}")
        wrong += self.wrong(photos_before)
        wrong += out_of_step(self.mirror, self.foreign)
        if same_everywhere(self.mirror.resized) != self._unkilled():
            wrong.append("the renditions are not those of a run that nobody killed")
        wrong += [f"left behind: {path}" for path in self.temporaries()]
        before = len(self.told()), self._writes()
        if self.start().wait(LONGEST_RUN) or before != (len(self.told()), self._writes()):
            wrong.append("a run with nothing to do did something")
        return [*wrong, *self._written_twice()]

    def wrong(self, photos_before: dict[str, str]) -> Iterator[str]:
        """What no kill may do: tear, lose, write again what stood, touch what is not ours."""
        yield from torn(self.mirror.resized, self.foreign)
        if listed(self.mirror.raw) != photos_before:
            yield "the photos were touched"
        stands = {}
        for row in self.mirror.resized.list():
            stands[row.name] = (row.metadata.get("photo_mirror_etag", ""), row.etag)
        for name, (stamp, etag) in self.stood.items():
            if name not in stands:
                yield f"{name}: its rendition is gone"
            elif stands[name][0] == stamp and stands[name][1] != etag:
                yield f"{name}: it was written twice for one stamp"
        self.stood = stands

    def told(self) -> list[str]:
        """The outcomes of all runs so far."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def start(self) -> "Run":
        """Start a run."""
        command = [sys.executable, "-m", "tests.mirror.killable_run", str(self.log)]
        with self.errors.open("w") as errors:
            return Run(preloaded.start(command, env=self.environment, stderr=errors))

    def _kill_at_a_write(self, run: "Run", victim: Victim) -> str:
        """Kill when something is being written, not at the first opportunity; '' if none came."""
        chances, seen = self.random.randrange(25), set[str]()
        told = len(self.told())
        while run.poll() is None and not self.in_flight() and told == len(self.told()):
            time.sleep(0.02)  # it starts
        while run.poll() is None:
            new = self.in_flight() - seen
            seen |= new
            if not new:
                time.sleep(0.0005)
                continue
            chances -= len(new)
            if chances > 0:
                continue
            family = [run, *workers(run)]
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.suspend()
            held = self.in_flight()
            if held and len(family) > 1:
                self._kill(family, victim)
                return " ".join(sorted(held))
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.resume()
        return ""

    def _kill(self, family: list[psutil.Process], victim: Victim) -> None:
        driver, *others = family
        writers = [one for one in others if self._writes_now(one)] or others
        victims = {"everything": family, "the driver": [driver], "a worker": writers[:1]}[victim]
        for one in victims:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.resume()
        gone = others if victim != "a worker" else victims
        until = time.monotonic() + 60
        while alive := [one for one in gone if lives(one)]:
            time.sleep(0.01)
            if time.monotonic() > until:
                message = f"workers outlived their driver: {alive}"
                raise AssertionError(message)
        while self.proxy and self.in_flight() and time.monotonic() < until:
            time.sleep(0.01)  # what the service was sent, it carries out

    def _writes_now(self, worker: psutil.Process) -> bool:
        if self.proxy:
            ports = {one.laddr.port for one in worker.net_connections("tcp")}
            return any(self.proxy.going.get(port, None) for port in ports)
        return any(TEMPORARY in one.path for one in worker.open_files())

    def in_flight(self) -> set[str]:
        """What is being written to the resized place at this moment."""
        if self.proxy is None:
            return {path.name for path in self.temporaries()}
        container = self.environment["PHOTO_MIRROR_RESIZED"].rpartition("/")[2]
        return {
            f"PUT {request.path} at {port}"
            for port, request in [*self.proxy.going.items()]
            if request.method == "PUT" and f"/{container}/" in request.path and request.stamp
        }

    def temporaries(self) -> list[Path]:
        """The temporary files that are in the resized folder."""
        if self.proxy is not None:
            return []
        found: list[Path] = []
        for folder in Path(self.environment["PHOTO_MIRROR_RESIZED"]).glob("?/?"):
            with suppress(OSError):
                found += [one for one in folder.iterdir() if one.name.startswith(TEMPORARY)]
        return found

    def _writes(self) -> int:
        return sum(one.method != "GET" for one in self.proxy.log) if self.proxy else 0

    def _written_twice(self) -> Iterator[str]:
        """Return the successful writes per stamp, also from the output of the runs."""
        made = Counter(line.split()[1] for line in self.told() if line.startswith(MADE))
        for name, count in (made - self.versions).items():
            yield f"{name}: of {self.versions[name]} versions {count} renditions were made"
        yield from self.written_twice_by_the_log()

    def written_twice_by_the_log(self) -> Iterator[str]:
        """By the proxy's log: writes of one stamp that succeeded."""
        times: Counter[tuple[str, str]] = Counter()
        for one in self.proxy.log if self.proxy else ():
            if one.method == "PUT" and one.stamp and one.carried_out in {201, 202}:
                times[one.path, one.stamp] += 1
        for (path, stamp), count in times.items():
            if count > 1:
                yield f"{path}: it was written {count} times for {stamp}"

    def _unkilled(self) -> dict[str, tuple[str, ...]]:
        world = World(self.mirror.recipe, Policy(breaker_share=2))
        for name, data in self.contents.items():
            world.put(name, data)
        for name, data in self.foreign.items():
            world.resized.write(name, data, Properties())
        world.run()
        return same_everywhere(world.resized)

    def _mirror(self) -> Mirror:
        containers = read_settings(ContainersSettings, self._sound)
        return bootstrap.open_mirror(
            containers, read_settings(RecipeSettings, self._sound), Policy()
        )

    @property
    def _sound(self) -> dict[str, str]:
        """The same places, past the proxy: the harness looks without being looked at."""
        if self.proxy is None:
            return self.environment
        upstream, behind = self.proxy.upstream.blobs, self.proxy.azurite.blobs
        return {key: text.replace(behind, upstream) for key, text in self.environment.items()}

    def _environment(self) -> dict[str, str]:
        if self.proxy is None:
            places = [str(self.folder / name) for name in ("raw", "resized")]
        else:
            azurite, behind = self.proxy.upstream.blobs, self.proxy.azurite.blobs
            places = [
                self.proxy.upstream.new_container(name).replace(azurite, behind)
                for name in ("raw", "resized")
            ]
            self.proxy.heal()
            self.proxy.fail(Waits(HELD), method="PUT", about="blob", times=10**9)
        return os.environ | {
            "PHOTO_MIRROR_RAW": places[0],
            "PHOTO_MIRROR_RESIZED": places[1],
            "PHOTO_MIRROR_BUDGET": str(BUDGET),
            "PHOTO_MIRROR_EFFORT": "balanced",
            "PHOTO_MIRROR_WORKERS": "2",
            "AZURE_STORAGE_KEY": KEY,
        }


def lives(process: psutil.Process) -> bool:
    """Whether a process goes on: one that only waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def workers(run: psutil.Process) -> list[psutil.Process]:
    """The workers of a run, without the resource tracker of multiprocessing."""
    with suppress(psutil.NoSuchProcess):
        children = run.children(recursive=True)
        return [one for one in children if "spawn_main" in " ".join(one.cmdline())]
    return []
