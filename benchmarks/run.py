"""Run all contenders side by side on the same photos and budgets: make bench [PHOTOS=dir].

Results are appended to a file of lines as they come, so that a run cut short goes on where it
stopped; the table, the plot and the sheet of crops are made from it.
"""

import argparse
import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from statistics import fmean

from PIL import Image

from benchmarks.contenders import CONTENDERS, beside
from benchmarks.measure import floor, measured, progressive
from benchmarks.photos import photos
from benchmarks.report import write_report
from benchmarks.score import kept, scores
from benchmarks.sheet import write_sheet

SHARES = (0.8, 0.43, 0.2, 0.1)
SIX_MEGABYTES = 6_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One run: who, on what, and what came of it.

    `times` is CPU over the photo's floor; `decode` and `encode` are the seconds of one strict
    decode and of one progressive encode with jpegli.
    """

    contender: str
    photo: str
    budget: str
    pixels: int
    over: int
    share: float
    scores: list[float]
    seconds: float
    times: float
    memory_times: float
    kept: list[bool]
    decode: float
    encode: float


def main() -> None:
    """Read the command line, measure what is not measured yet, and write the report."""
    parser = argparse.ArgumentParser("python -m benchmarks.run", description=__doc__)
    parser.add_argument("--photos", type=Path, help="a folder of JPEG files; default: made ones")
    parser.add_argument("--most", type=int, default=12, help="how many of them, at most")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--without", default="", help="contenders to leave out, by commas")
    parser.add_argument("--only", default="", help="contenders that take part, by commas")
    parser.add_argument("--beside", default="", help="another revision that takes part as well")
    parser.add_argument("--quick", action="store_true", help="two photos, two budgets, one crop")
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    _install()
    left_out, only = wanted.without.split(","), wanted.only.split(",")
    others = beside(wanted.beside) if wanted.beside else ()
    taking_part = [
        contender
        for contender in (*CONTENDERS, *others)
        if not contender.missing()
        and contender.name not in left_out
        and (not wanted.only or contender.name in only)
    ]
    for contender in CONTENDERS:
        if contender.missing():
            print(f"skipped: {contender.name}, for {contender.needs} is not installed")
    chosen = photos(wanted.photos, wanted.most)
    shares, places = SHARES, 3
    if wanted.quick:
        chosen, shares, places = dict(list(chosen.items())[-2:]), (0.43, 0.2), 1
    lines = wanted.out / "runs.jsonl"
    done = _read(lines)
    known = {(row.contender, row.photo, row.budget) for row in done}
    for name, photo in chosen.items():
        budgets = {f"{share:.0%}": int(len(photo) * share) for share in shares}
        if len(photo) > SIX_MEGABYTES and not wanted.quick:
            budgets["6 MB"] = SIX_MEGABYTES
        least, best = 0.0, (0.0, 0.0)
        for label, budget in budgets.items():
            for contender in taking_part:
                if (contender.name, name, label) in known:
                    continue
                if not least:
                    least, best = floor(photo), progressive(photo)
                run = measured(lambda c=contender, p=photo, b=budget: c.encode(p, b))
                row = _row(
                    contender.name, (name, photo), (label, budget), run, (least, places, best)
                )
                print(f"{name:24} {label:>5} {row.contender:20} {row.share:6.3f} "
                      f"{fmean(row.scores or [0]):6.1f} {row.times:6.2f} x",
                      flush=True)  # fmt: skip
                with lines.open("a") as file:
                    file.write(json.dumps(asdict(row)) + "\n")
    write_report(_read(lines), wanted.out)
    write_sheet(chosen, taking_part, wanted.out)


def _row(contender, photo, budget, run, terms) -> Row:  # noqa: ANN001 - the loop's own values
    name, data = photo
    with Image.open(BytesIO(data)) as image:
        pixels = image.width * image.height
    within = run.data and len(run.data) <= budget[1]
    return Row(
        contender, name, budget[0], pixels,
        over=max(0, len(run.data) - budget[1]) if run.data else budget[1],
        share=len(run.data) / budget[1],
        scores=scores(data, run.data, terms[1]) if within else [],
        seconds=run.seconds, times=run.seconds / terms[0],
        memory_times=run.memory / (3 * pixels),
        kept=list(kept(data, run.data)) if run.data else [False] * 3,
        decode=terms[2][0], encode=terms[2][1],
    )  # fmt: skip


def _read(lines: Path) -> list[Row]:
    if not lines.exists():
        return []
    return [Row(**json.loads(line)) for line in lines.read_text().splitlines()]


def _install() -> None:
    """Debian's programs, where this machine lets us; those that stay away are skipped by name."""
    if shutil.which("apt-get") and not (
        shutil.which("jpegoptim") and shutil.which("convert-im6.q16")
    ):
        command = ["apt-get", "install", "-y", "-qq", "imagemagick", "jpegoptim"]
        subprocess.run(command, check=False, capture_output=True)


if __name__ == "__main__":
    main()
