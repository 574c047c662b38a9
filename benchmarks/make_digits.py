"""Make plugins/digits/digits.npz from scikit-learn's copy of the UCI digits.

pip install scikit-learn
python benchmarks/make_digits.py [OUT]
"""

import sys
from pathlib import Path

import numpy as np


def make(out: Path) -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    assert digits.images.shape == (1797, 8, 8) and digits.images.min() == 0 and digits.images.max() == 16
    np.savez_compressed(out, ink=digits.images.astype(np.uint8), labels=digits.target.astype(np.uint8))


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "plugins" / "digits" / "digits.npz"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    make(path)
    print(f"{path.name}: {path.stat().st_size:,} bytes")
