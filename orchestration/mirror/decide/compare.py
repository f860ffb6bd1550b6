"""DECIDE, for two sorted listings: merge them into one verdict per name.

Pure and streaming: only the two rows under comparison are in memory.
"""

from collections.abc import Iterator

from orchestration.blobs.base import BlobInfo, order
from orchestration.mirror.decide.classify import Rules, State, Verdict, classify
from orchestration.mirror.errors import OutOfOrderError


def compare(
    photos: Iterator[BlobInfo], renditions: Iterator[BlobInfo], rules: Rules
) -> Iterator[Verdict]:
    """Merge the two listings and yield a verdict for every name in either.

    Verdicts come in the order of the renditions' names, even if there is no rendition. A name
    below a folder that the other container cannot list is unreadable: it is neither an orphan nor
    due.

    Raises OutOfOrderError when a listing is not in the order of `blobs.base.order`.
    """
    shut = _Shut(rules)
    left = rules.recipe.naming.in_rendition_order(_in_order(photos), rules.selection.admits)
    right = _in_order(renditions)
    photo, rendition = next(left, None), next(right, None)
    while photo is not None or rendition is not None:
        if rendition is None or (photo is not None and photo[0] < rendition[0]):
            yield from shut.classified(photo and photo[1], None)
            photo = next(left, None)
        elif photo is None or rendition[0] < photo[0]:
            yield from shut.classified(None, rendition[1])
            rendition = next(right, None)
        else:
            yield from shut.classified(photo[1], rendition[1])
            photo, rendition = next(left, None), next(right, None)


class _Shut:
    """Classifies names, and holds the latest folder of each container that cannot be listed."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._photos: Verdict | None = None
        self._renditions: BlobInfo | None = None

    def classified(self, photo: BlobInfo | None, rendition: BlobInfo | None) -> tuple[Verdict, ...]:
        """Return the verdict on a name; none on a folder that may hold no photos."""
        if rendition is not None and rendition.denied and _is_folder(rendition):
            self._renditions, rendition = rendition, None
            if photo is None:
                return self._foreign(self._renditions)
        verdict = classify(photo, rendition, self._rules)
        if photo is None:
            return (self._below(verdict),)
        if photo.denied and _is_folder(photo):
            self._photos = verdict
            return (verdict,) if verdict.state is State.UNREADABLE else ()
        shut = self._renditions
        if shut and verdict.state is not State.IGNORED and photo.name.startswith(shut.name):
            return (Verdict(State.UNREADABLE, photo, shut),)
        return (verdict,)

    def _below(self, verdict: Verdict) -> Verdict:
        shut = self._photos
        if shut and verdict.state is State.ORPHAN and verdict.name.startswith(shut.name):
            return verdict._replace(state=shut.state)
        return verdict

    def _foreign(self, folder: BlobInfo) -> tuple[Verdict, ...]:
        is_wanted = self._rules.selection.may_hold(folder.name)
        return (Verdict(State.FOREIGN, None, folder),) if is_wanted else ()


def _is_folder(row: BlobInfo) -> bool:
    return row.name.endswith("/")


def _in_order(listing: Iterator[BlobInfo]) -> Iterator[tuple[bytes, BlobInfo]]:
    last, last_name = None, ""
    for row in listing:
        key = order(row.name)
        if last is not None and key <= last:
            raise OutOfOrderError(last_name, row.name)
        yield key, row
        last, last_name = key, row.name
