"""What a rendition is called whose format is not its photo's."""

from resize_core.model import Format


def name_for(name: str, made: Format) -> str:
    """Return a photo's name as it is, or with the suffix of another format after its own.

    Nothing is taken away, so that two photos of different names never get the same one by it;
    whether that name is taken already is for the caller to see.
    """
    if name.lower().endswith(made.suffixes):
        return name
    return name + made.suffixes[0]
