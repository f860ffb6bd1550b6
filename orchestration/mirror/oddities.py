"""What stands in the ledger and was not written by us in this form: left alone, and told of."""

from collections.abc import Callable

Odd = Callable[[str, str], None]
"""Is told the name of a blob in the ledger, and in a clause what is odd about it."""

NOT_OURS = "we do not write such a name"
ANOTHER_FORM = "it is not in the form we write"


def unheard(_name: str, _why: str) -> None:
    """Tell nobody."""
