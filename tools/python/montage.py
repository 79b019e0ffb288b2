"""The montages of the original's protocol, and the windows cut from them. Axes of stacks: z, y, x; of montages: y, x."""

import numpy as np


def montage_shape(count: int) -> tuple[int, int]:
    """Rows and columns of the training montage, as square as `count` allows and not wider than high: 30 give 6 x 5."""
    for columns in range(int(count**0.5), 1, -1):
        if count % columns == 0:
            return count // columns, columns
    raise SystemExit(f'{count} sections fill no rectangle of several rows and columns: leave some out.')


def lay_montage(stack: np.ndarray, order: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The sections of `stack` in `order`, row by row."""
    height, width = stack.shape[1:]
    grid = stack[order].reshape(rows, columns, height, width)
    return grid.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)


def z_scores(montage: np.ndarray) -> np.ndarray:
    """The montage minus its mean over its standard deviation; 1e-10 keeps a blank one finite."""
    return ((montage - montage.mean(dtype='f8')) / (montage.std(dtype='f8') + 1e-10)).astype('f4')


def window_starts(shape: tuple[int, int], window: int, count: int, random: np.random.Generator) -> np.ndarray:
    """First row and column of `count` windows, each from [0, side - window): the last place is never drawn."""
    return np.stack([random.integers(side - window, size=count) for side in shape], axis=1)


def cut_windows(montage: np.ndarray, starts: np.ndarray, window: int) -> np.ndarray:
    """The windows as a batch (n, y, x, 1)."""
    return np.stack([montage[y:y + window, x:x + window] for y, x in starts])[..., None]
