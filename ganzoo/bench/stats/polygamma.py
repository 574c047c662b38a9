"""The digamma and the trigamma function of positive numbers, and the inverse of the latter.

Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.3.5 and 6.4.6 (recurrences), 6.3.18 and 6.4.12
    (series for large arguments).
"""

import math

_LARGE = 12.0  # from here on the series is exact to the last digits


def digamma(x: float) -> float:
    """Return the derivative of log Gamma at ``x``, which is above 0."""
    value = 0.0
    while x < _LARGE:
        value -= 1 / x
        x += 1
    y = 1 / (x * x)
    series = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y / 132))))
    return value + math.log(x) - 0.5 / x - series


def trigamma(x: float) -> float:
    """Return the second derivative of log Gamma at ``x``, which is above 0."""
    value = 0.0
    while x < _LARGE:
        value += 1 / (x * x)
        x += 1
    y = 1 / (x * x)
    series = y * (1 / 6 - y * (1 / 30 - y * (1 / 42 - y * (1 / 30 - y * 5 / 66))))
    return value + 1 / x + y / 2 + series / x


def inverse_trigamma(value: float) -> float:
    """Return the x with ``trigamma(x) = value``.

    It falls from infinity to 0, so that halving finds it.

    Raises:
        ValueError: ``value`` is not above 0.
    """
    if not 0 < value < math.inf:
        raise ValueError(f"trigamma is {value} nowhere: its values are above 0")
    low, high = 0.0, 1.0
    while trigamma(high) > value:
        low, high = high, 2 * high
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return middle
        if trigamma(middle) > value:
            low = middle
        else:
            high = middle
