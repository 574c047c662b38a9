"""Conditioning of a discriminator as StudioGAN has it: projection, classifiers, contrastive terms, multi-hinge."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from ganzoo_plugins.biggan.discriminator import BigGANDiscriminator
from ganzoo_plugins.class_conditioning.auxiliary_classifier import AuxiliaryClassifier
from ganzoo_plugins.class_conditioning.conditional_contrastive import ConditionalContrastive
from ganzoo_plugins.class_conditioning.data_to_data import DataToDataCrossEntropy
from ganzoo_plugins.class_conditioning.discriminative_classifier import AuxiliaryDiscriminativeClassifier
from ganzoo_plugins.class_conditioning.twin_classifier import TwinAuxiliaryClassifier
from ganzoo_plugins.losses.multi_hinge import MultiHinge
from torch import Tensor, nn

from ..formula import filled, images, labels, usual
from ..networks import same_weights
from ..subject import Subject, Values
from ._studiogan import REPOSITORY, graded, studiogan
from ._turns import turn

BATCH, CLASSES, WIDTH, DIM = 8, 5, 2, 6
TERMS: Mapping[str, Callable[[], Any]] = {
    "AC": lambda: AuxiliaryClassifier(on_fake=False),
    "TAC": TwinAuxiliaryClassifier,
    "ADC": AuxiliaryDiscriminativeClassifier,
    "2C": lambda: ConditionalContrastive(dim=DIM, temperature=0.5),
    "D2D-CE": lambda: DataToDataCrossEntropy(dim=DIM, temperature=0.5, m_p=0.9),
    "MH": MultiHinge,
}
METHODS = {"TAC": "AC", "ADC": "AC", "D2D-CE": "D2DCE"}  # theirs, where it has another name
BACKBONE = {"conv2d0": "shortcut", "conv2d1": "conv1", "conv2d2": "conv2"}
HEADS = {
    "AC": {"linear2": "term.head"},
    "TAC": {"linear2": "term.head", "linear_mi": "term.twin"},
    "ADC": {"linear2": "term.head"},
    "2C": {"linear2": "term.embedding.project", "embedding": "term.embedding.label"},
    "D2D-CE": {"linear2": "term.embedding.project", "embedding": "term.embedding.label"},
    "MH": {"linear1": "term.head"},
    "PD": {"embedding": "D.projection.embed"},
}


def batch() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Give real images and fakes, and their labels: of each class some, in another order."""
    real, fake = (images(name, BATCH, 3, 32).requires_grad_() for name in ("real", "fake"))
    y = labels(BATCH, CLASSES)
    return real, fake, y, y.flip(0)


def without_bias(name: str, like: Tensor) -> Tensor:
    """Give the usual weights, and no biases in classifiers, where theirs has none."""
    return torch.zeros_like(like) if name in ("term.head.bias", "term.twin.bias") else usual(name, like)


def players(case: str) -> nn.ModuleDict:
    """Give our discriminator and what learns beside it."""
    shape = {"image_size": 32, "channels": 3, "num_classes": CLASSES}
    D = BigGANDiscriminator(**shape, width=WIDTH, conditioning="projection" if case == "PD" else "none")
    vars(D).update(shape)  # as when a recipe is built
    if case == "PD":
        return filled(nn.ModuleDict({"D": D}))
    term = TERMS[case]()
    term.prepare(None, D)
    return filled(nn.ModuleDict({"D": D, "term": term}), usual if case == "MH" else without_bias)


def learned(module: nn.Module, case: str) -> dict[str, nn.Parameter]:
    """Give the parameters of the heads, but for biases that theirs does not have."""
    ours = tuple(HEADS[case].values())
    skipped = {"term.head.bias", "term.twin.bias"} if case != "MH" else set()
    return {n: p for n, p in module.named_parameters() if n.startswith(ours) and n not in skipped}


def ours() -> Values:
    """Run ours."""
    real, fake, y, y_fake = batch()
    found: dict[str, Tensor | int] = {}
    for case in TERMS:
        both = players(case)
        D, term, inputs = both["D"], both["term"], learned(both, case)
        of_D, of_G = (turn(player, D, real, fake, (y, y_fake)) for player in ("D", "G"))
        loss = isinstance(term, MultiHinge)
        value = term.d_loss(of_D) if loss else term.d_penalty(of_D)
        found |= graded(f"D's {case}", value, {"real": real, "fake": fake, **inputs})
        value = term.g_loss(of_G) if loss else term.g_penalty(of_G)
        found |= graded(f"G's {case}", value, {"fake": fake, **inputs})
    both = players("PD")
    return found | graded("logits, PD", both["D"](real, y)["logits"], {"real": real, **learned(both, "PD")})


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    real, fake, y, y_fake = batch()
    found: dict[str, Tensor | int] = {}
    with studiogan(clone) as (losses, networks):
        for case in TERMS:
            judge, inputs, sorted_back = _theirs(networks, case)
            of_D, of_G = _compositions(losses, case)
            with patch.object(torch, "max", _no_maximum) if case == "D2D-CE" else nullcontext():
                values = {
                    f"D's {case}": (of_D(judge, real, fake, y, y_fake), {"real": real, "fake": fake, **inputs}),
                    f"G's {case}": (of_G(judge, real, fake, y, y_fake), {"fake": fake, **inputs}),
                }
            for name, (value, given) in values.items():
                found |= {key: sorted_back(key, it) for key, it in graded(name, value, given).items()}
        judge, inputs, _ = _theirs(networks, "PD")
        found |= graded("logits, PD", judge(real, y)["adv_output"], {"real": real, **inputs})
    return found


def _no_maximum(x: Tensor, dim: int, keepdim: bool) -> tuple[Tensor, None]:
    return torch.zeros_like(x.amax(dim, keepdim)), None


def _theirs(networks: Any, case: str) -> tuple[Any, dict[str, Tensor], Callable[[str, Tensor], Tensor]]:
    """Give their discriminator with our weights, the parameters of its heads, and what sorts rows as ours."""
    kinds = {"d_conv2d": nn.Conv2d, "d_linear": nn.Linear, "d_embedding": nn.Embedding, "d_act_fn": nn.ReLU()}
    D = networks.Discriminator(
        img_size=32,
        d_conv_dim=2 * WIDTH,
        apply_d_sn=True,  # no batch normalisation; the layers are not normalised here
        apply_attn=False,
        attn_d_loc=[],
        d_cond_mtd=METHODS.get(case, case),
        aux_cls_type=case if case in ("TAC", "ADC") else "W/O",
        d_embed_dim=DIM,
        normalize_d_embed=case in ("2C", "D2D-CE"),
        num_classes=CLASSES,
        d_init=None,
        d_depth="N/A",
        mixed_precision=False,
        MODULES=SimpleNamespace(**kinds),
        MODEL=SimpleNamespace(info_type="N/A"),
    )
    mine = players(case)
    table = {
        f"blocks.{i}.0.{a}": f"D.{block}.{b}"
        for i, block in enumerate(("body.0", "body.1", "body.2", "last"))
        for a, b in BACKBONE.items()
    }
    table |= {"linear1": "D.head"} | HEADS[case]
    names = {}
    for name, _ in D.named_parameters():
        link, _, kind = name.rpartition(".")
        names[name] = f"{table[link]}.{kind}"
    for name in {n for n, _ in mine.named_parameters()} - set(names.values()):
        link, _, kind = name.rpartition(".")
        delattr(mine.get_submodule(link), kind)  # a bias of 0 that theirs does not have, or a head that is not read
    in_turns = torch.arange(2 * CLASSES).view(2, CLASSES).T.flatten()  # real, fake, real, fake

    def to_theirs(name: str, it: Tensor) -> Tensor:
        return it[in_turns] if case == "ADC" and name == "term.head.weight" else it

    def to_ours(name: str, it: Tensor) -> Tensor:
        return it[in_turns.argsort()] if case == "ADC" and name.startswith("d term.head.weight") else it

    same_weights(D, mine, names, to_theirs)
    heads = tuple(HEADS[case])
    return D, {names[n]: p for n, p in D.named_parameters() if n.startswith(heads)}, to_ours


def _compositions(losses: Any, case: str) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """Give what the two players of their training loop descend: ``(judge, real, fake, y, y_fake) -> a scalar``."""
    ce = losses.CrossEntropyLoss()
    contrast = {
        "2C": lambda: losses.ConditionalContrastiveLoss(CLASSES, 0.5, "cpu", False),
        "D2D-CE": lambda: losses.Data2DataCrossEntropyLoss(CLASSES, 0.5, 0.9, "cpu", False),
    }.get(case, lambda: ce)()

    def twin(given: Mapping[str, Any]) -> Tensor:
        return ce(given["mi_cls_output"], given["label"])

    if case == "TAC":
        return (
            lambda judge, real, fake, y, y_fake: ce(**judge(real, y)) + twin(judge(fake, y_fake)),
            lambda judge, real, fake, y, y_fake: ce(**judge(fake, y_fake)) - twin(judge(fake, y_fake)),
        )
    if case == "ADC":
        return (
            lambda judge, real, fake, y, y_fake: ce(**judge(real, y)) + ce(**judge(fake, y_fake, adc_fake=True)),
            lambda judge, real, fake, y, y_fake: ce(**judge(fake, y_fake)) - ce(**judge(fake, y_fake, adc_fake=True)),
        )
    if case == "MH":
        hinge, last = losses.crammer_singer_loss, torch.full((BATCH,), CLASSES)

        def of_G(judge: Any, real: Tensor, fake: Tensor, y: Tensor, y_fake: Tensor) -> Tensor:
            on_fake = judge(fake, y_fake)
            matched = losses.feature_matching_loss(judge(real, y)["h"].detach(), on_fake["h"])
            return 0.05 * hinge(DDP=False, **on_fake) + 1.0 * matched

        return (
            lambda judge, real, fake, y, y_fake: (
                hinge(DDP=False, **judge(real, y)) + hinge(judge(fake, y_fake)["adv_output"], last, DDP=False)
            ),
            of_G,
        )
    return (
        lambda judge, real, fake, y, y_fake: contrast(**judge(real, y)),
        lambda judge, real, fake, y, y_fake: contrast(**judge(fake, y_fake)),
    )


SUBJECT = Subject(
    title="Conditioning of a discriminator: projection, AC, TAC, ADC, 2C (ContraGAN), D2D-CE (ReACGAN), multi-hinge",
    repository=REPOSITORY,
    licence="MIT",
    files=("src/utils/losses.py", "src/models/resnet.py"),
    ran="as it is, on a CPU in float64, in their residual discriminator for 32x32 without spectral normalisation; "
    "terms are put together as its training loop does, but that TAC reads the twin's scores, which its loop does not",
    compared="terms of both players, and their gradients of images and of the heads' weights",
    departs="ours has biases in the classifiers of AC, TAC and ADC, which were 0; our D2D-CE is eq. 6 of "
    "arXiv:2111.01118, where theirs subtracts a row's largest similarity from the exponents of the negatives, and not "
    "from the positive's: it was taken to be 0",
    ours=ours,
    theirs=theirs,
)
