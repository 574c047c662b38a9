"""Interfaces of the parts. A plugin subclasses these; the engine knows nothing else of it.

Shapes, throughout: ``B`` batch, ``C`` channels, ``H`` and ``W`` pixels, ``K`` classes, ``F`` features.
Images in the game are float tensors in [-1, 1]; images at rest are uint8.
"""

from .data import Dataset, File, Images
from .executor import Ended, Executor, Resources, Task, TaskEvent
from .metrics import Extractor, Gatherer, Metric, OfClass, PublishedExtractor
from .modality import Deal, Modality, Row, Rows, Shuffled
from .players import Discriminator, Generator, MappedGenerator
from .run_length import RunLength
from .service_run import ServiceRun
from .size import Size
from .terms import Loss, Regularizer
from .tracker import Tracker
from .turn import Turn

__all__ = [
    "Dataset",
    "Deal",
    "Discriminator",
    "Ended",
    "Executor",
    "Extractor",
    "File",
    "Gatherer",
    "Generator",
    "Images",
    "Loss",
    "MappedGenerator",
    "Metric",
    "Modality",
    "OfClass",
    "PublishedExtractor",
    "Regularizer",
    "Resources",
    "Row",
    "Rows",
    "RunLength",
    "ServiceRun",
    "Shuffled",
    "Size",
    "Task",
    "TaskEvent",
    "Tracker",
    "Turn",
]
