"""Changes that decoding makes to images, counted and told."""

from dataclasses import dataclass

from .fitting import enlarged
from .picture import Picture


@dataclass
class Changes:
    """Numbers of images that were changed or taken in part, see ``Picture``."""

    turned: int = 0
    first_of_several: int = 0
    enlarged: int = 0

    def count(self, picture: Picture) -> None:
        """Count an image that is used."""
        self.turned += picture.turned
        self.first_of_several += picture.first_of_several
        self.enlarged += picture.enlarged

    def notes(self) -> list[str]:
        """Return sentences on what was done to some of the images."""
        found = [enlarged(self.enlarged)] if self.enlarged else []
        if n := self.turned:
            told = (
                "image is turned as the EXIF data in it say"
                if n == 1
                else "images are turned as the EXIF data in them say"
            )
            found.append(f"{n:,} {told}")
        if n := self.first_of_several:
            files = "1 file has" if n == 1 else f"{n:,} files have"
            found.append(f"{files} several pages or frames, of which the first is taken")
        return found
