"""Kill runs while they write, again and again, on folders and on the emulator.

    python -m benchmarks.mirror.kill --rounds 100

Writes kills.jsonl, a line for each kill, and kills.md, what they amount to.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from random import Random

from tests.azurite.emulator import running
from tests.faulty_proxy import Proxy, proxied
from tests.mirror.kill_runs import Episode, Kill

RESULTS = Path(__file__).parents[1] / "results"
MOST_OF_AN_EPISODE = 8


def main() -> int:
    """Do the rounds; the exit code says whether anything was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    kills: list[tuple[str, Kill]] = []
    wrong: list[str] = []
    episodes = 0
    with running() as azurite, (asked.out / "kills.jsonl").open("w") as lines:
        while len(kills) < asked.rounds:
            episodes += 1
            by = Counter(place for place, _ in kills)
            place = min(("folders", "Azurite"), key=lambda one: by[one])
            random = Random(asked.seed * 1_000_000 + episodes)
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                proxy = stack.enter_context(proxied(azurite)) if place == "Azurite" else None
                for kill in _episode(folder, random, proxy, asked.rounds - len(kills), wrong):
                    kills.append((place, kill))
                    print(json.dumps({"place": place, **asdict(kill)}), file=lines, flush=True)
                    said = "; ".join(kill.wrong) or "all well"
                    print(f"kill {len(kills)}, {place}: {kill.victim} killed; {said}", flush=True)
    wrong += [one for _, kill in kills for one in kill.wrong]
    (asked.out / "kills.md").write_text(_summary(kills, wrong, episodes))
    print(*wrong, sep="\n")
    return 1 if wrong else 0


def _episode(
    folder: Path, random: Random, proxy: Proxy | None, most: int, wrong: list[str]
) -> list[Kill]:
    episode = Episode(folder, random, proxy)
    kills: list[Kill] = []
    while len(kills) < min(most, MOST_OF_AN_EPISODE) and (kill := episode.killed()):
        kills.append(kill)
        episode.meddle()
    wrong += episode.finish()
    return kills


def _summary(kills: list[tuple[str, Kill]], wrong: list[str], episodes: int) -> str:
    table = Counter((place, kill.victim) for place, kill in kills)
    rows = "\n".join(f"| {place} | {one} | {n} |" for (place, one), n in sorted(table.items()))
    said = "\n".join(f"- {one}" for one in wrong) or "No violation was found."
    return f"""# Kills while writing

{len(kills)} times, in {episodes} mirrors of {Episode.photos} photos or more and two workers,
a run was killed (SIGKILL) during a write to the resized container. The write was detected as an
active request in the proxy before the emulator, or as a temporary file in the folder. All
processes were stopped (SIGSTOP) between detection and kill. `kills.jsonl` has a line for each.

| Place | Killed | Times |
|---|---|---|
{rows}

After each kill, every rendition was complete (with the digest in its stamp) and decodable. No
existing rendition was lost or written again for the same stamp. Foreign files and the photos were
unchanged. Between kills, photos were added and changed, and another program wrote under names of
due photos. After the last kill of a mirror, one run was completed: every photo has its rendition or
one refusal, bytes and stamps are those of a run without kills, no temporary file is left, and no
stamp was written twice by the proxy's log and the output of the runs. One more run wrote nothing.

{said}
"""


if __name__ == "__main__":
    sys.exit(main())
