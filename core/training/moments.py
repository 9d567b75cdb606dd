"""The steps of a run that are kept: dense at the start, where everything changes, ever sparser later."""

SERIES = (1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8)  # ten preferred numbers a decade, each about 1.26 times the last


def recorded(steps: int) -> list[int]:
    """Steps at which a run of that length keeps a frame, ascending: 1, about ten a decade, and the last.

    >>> recorded(100)
    [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 31, 40, 50, 63, 80, 100]
    """
    moments, decade = {steps}, 1
    while decade <= steps:
        moments |= {step for number in SERIES if (step := int(number * decade)) <= steps}
        decade *= 10
    return sorted(moments)


def after(step: int) -> int:
    """The next such step of a run of unknown length.

    >>> after(0), after(6), after(8), after(100)
    (1, 8, 10, 125)
    """
    decade = 1
    while True:
        for number in SERIES:
            if int(number * decade) > step:
                return int(number * decade)
        decade *= 10
