"""Teachers: trained generators that stay as they are."""

from __future__ import annotations

import ganzoo
from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator


def opened(place: str) -> Generator:
    """Open a trained generator, frozen, on the CPU.

    Args:
        place: see ``ganzoo.load``.

    Raises:
        GanzooError: nothing opens there.
    """
    made: Generator = ganzoo.load(place, device="cpu").generator
    return made.requires_grad_(False).eval()


def require_alike(teacher: Generator, student: Generator, place: str) -> None:
    """Check that a student can be asked for what the teacher makes.

    Args:
        teacher: as opened.
        student: as built.
        place: where the teacher is, for the error.

    Raises:
        RecipeError: one makes other samples, takes other conditions, or latents of another length or distribution.
    """
    who = f"regularizer 'distillation': the teacher {place}"
    if teacher.conditional != student.conditional:
        needs = "is told conditions" if teacher.conditional else "is told no conditions"
        raise RecipeError(f"{who} {needs}: write conditional: {str(teacher.conditional).lower()}")
    theirs, ours = _made(teacher), _made(student)
    if theirs != ours:
        raise RecipeError(f"{who} makes {theirs}, and the student {ours}: take a teacher of these data")
    if teacher.z_dim != student.z_dim:
        raise RecipeError(
            f"{who} takes latents of {teacher.z_dim} numbers, and the student of {student.z_dim}: give the student as "
            f"many, such as generator.z_dim={teacher.z_dim}"
        )


def _made(G: Generator) -> str:
    """Return what a generator makes, in words: the modality, and all that it is told of the data."""
    offers = G.modality.offers(conditional=G.conditional)
    told = ", ".join(f"{name} {value}" for name, value in sorted(offers.items()))
    return f"{G.modality.name} ({told})"
