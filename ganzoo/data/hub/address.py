"""``hf://owner/name[/config][:split][@revision][?image=COLUMN&label=COLUMN]``."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from ...errors import DataError
from ...text import shown

PREFIX = "hf://"
_FORM = "hf://owner/name[/config][:split][@revision][?image=COLUMN&label=COLUMN]"
_PATTERN = re.compile(
    r"hf://(?P<repo>[\w.-]+/[\w.-]+)(?:/(?P<config>[^/:@?]+))?(?::(?P<split>[^/:@?]+))?"
    r"(?:@(?P<revision>[^:@?]+))?(?:\?(?P<columns>[^?]*))?"
)


@dataclass(frozen=True)
class Address:
    """A data set of the hub.

    Attributes:
        repo: ``owner/name``.
        config: one of its configurations; empty for the only one, or ``default``.
        split: empty for the one to train on.
        revision: a branch, a tag or a commit; empty for the newest commit of its files in Parquet.
        image: the column of images; empty for the one that is found.
        label: the column of labels; empty for the one that is found, ``none`` for none.
    """

    repo: str
    config: str = ""
    split: str = ""
    revision: str = ""
    image: str = ""
    label: str = ""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read an address.

        Raises:
            DataError: it is none.
        """
        found = _PATTERN.fullmatch(text)
        columns = dict(parse_qsl(found["columns"] or "", keep_blank_values=True)) if found else {}
        if found is None or columns.keys() - {"image", "label"}:
            raise DataError(f"{shown(text)} is no address of a data set; write it as {_FORM}")
        parts = {key: found[key] or "" for key in ("config", "split", "revision")}
        return cls(found["repo"], **parts, **columns)

    def named(self, config: str = "", split: str = "") -> str:
        """Write the address with another configuration or split."""
        config, split = config or self.config, split or self.split
        return PREFIX + self.repo + (f"/{config}" if config else "") + (f":{split}" if split else "")
