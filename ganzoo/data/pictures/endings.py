"""Names of files: images that are read, pictures that are not, and what systems leave beside them."""

from functools import cache
from importlib.util import find_spec

from PIL import features

ENDINGS = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff")
# Read where Pillow was built with the library for it.
AVIF = (".avif",)
JPEG_2000 = (".jp2", ".j2k")

# Pictures and films that are never read; whoever has some among the images wants to know.
_NEVER_READ = """
.heic .heif .hif .jxl .svg .svgz .eps .ps .pdf .ai .psd .psb .xcf .kra .ico .icns .cur .tga .dds .exr .hdr .pfm .pbm
.pnm .pam .pcx .sgi .qoi .apng .mng .wmf .emf .dib .jpx .jpf .j2c .jps .mpo .avifs .raw .dng .cr2 .cr3 .crw .nef .nrw
.arw .srf .sr2 .orf .rw2 .raf .pef .dcm .nii .mrc .fits .fit .czi .lif .svs .ndpi .mp4 .mov .avi .mkv .webm .m4v
"""
_OTHER_PICTURES = frozenset(_NEVER_READ.split())
# Folders that macOS, Windows, network storage and Linux keep for themselves, in lower case.
_SYSTEM = frozenset(
    (
        "__macosx",
        "@eadir",
        "@recycle",
        "@recently-snapshot",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "recycler",
        "system volume information",
        "lost+found",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
    )
)


@cache
def read_endings() -> tuple[str, ...]:
    """Return the endings of the images that are read, which depend on how Pillow was built."""
    avif = AVIF if find_spec("PIL._avif") else ()  # features.check warns of names that an older Pillow does not know
    return (*ENDINGS, *avif, *(JPEG_2000 if features.check("jpg_2000") else ()))


@cache
def formats() -> tuple[str, ...]:
    """Return Pillow's names of the formats that are read.

    Named one by one: Pillow also opens formats that start other programs (EPS) or read further files.
    """
    endings = read_endings()
    found = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM", "TIFF")
    return (*found, *("AVIF",) * (AVIF[0] in endings), *("JPEG2000",) * (JPEG_2000[0] in endings))


def system_part(name: str) -> str | None:
    """Return the part of a relative name, up to its end, that is hidden or that a system keeps; None for most."""
    parts = name.split("/")
    for at, part in enumerate(parts, 1):
        if part.startswith(".") or part.lower() in _SYSTEM:
            return "/".join(parts[:at])
    return None


def ending(name: str) -> str:
    """Return the ending of a relative name in lower case, with its dot; empty without one."""
    stem, dot, last = name.rpartition("/")[2].rpartition(".")
    return f".{last.lower()}" if dot and stem and last.strip() else ""


def is_other_picture(end: str) -> bool:
    """Say whether an ending is of pictures that are not read."""
    return end in _OTHER_PICTURES or end in (*AVIF, *JPEG_2000)
