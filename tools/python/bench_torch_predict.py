"""Times PyTorch's predictions of sections (channels_last, inference mode; see bench_predict.py).

The task has two fields more: "dtype", float32 or bfloat16, in which convolutions are then computed (autocast); and "window",
null, or the side of the windows of MONAI's SlidingWindowInferer, with its "overlap", null for MONAI's default.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import nn

from bench_predict import read_images, read_task, report
from bench_torch_step import VARIANTS, UNet
from safetensors_file import read_safetensors

# Of a module of PyTorch, by what ours is called.
NAMES = {
    'kernel': 'weight', 'bias': 'bias', 'gamma': 'weight', 'beta': 'bias',
    'moving_mean': 'running_mean', 'moving_variance': 'running_var',
}


def modules(model: UNet) -> Iterator[tuple[str, nn.Module]]:
    """Convolutions and batch norms by the names of our layers."""
    sides = {
        'conv1': model.first, 'norm1': model.first_norm, 'conv2': model.second, 'norm2': model.second_norm,
    }
    for stage in (1, 2, 3):
        for name, stages in sides.items():
            yield f'encoder{stage}/{name}', stages[stage - 1]
    for index, conv in enumerate(model.bottleneck):
        yield f'bottleneck/conv{index + 1}', conv
    for index, norm in enumerate(model.bottleneck_norm):
        yield f'bottleneck/norm{index + 1}', norm
    sides = {
        'conv1': model.up, 'norm1': model.up_norm, 'conv2': model.up_second, 'norm2': model.up_second_norm,
        'conv3': model.up_third,
    }
    for stage in (3, 2, 1):
        for name, stages in sides.items():
            yield f'decoder{stage}/{name}', stages[3 - stage]
    yield 'head/norm', model.head_norm
    yield 'head/conv', model.head


def load(model: UNet, weights: dict[str, np.ndarray]) -> None:
    left = dict(weights)
    with torch.no_grad():
        for layer, module in modules(model):
            target = module[0] if isinstance(module, nn.Sequential) else module
            for ours, theirs in NAMES.items():
                value = left.pop(f'{layer}/{ours}', None)
                if value is not None:
                    # Kernels have axes y, x, in, out.
                    axes = (3, 2, 0, 1) if value.ndim == 4 else (0,)
                    getattr(target, theirs).copy_(torch.from_numpy(value.transpose(axes).copy()))
    if left:
        raise ValueError(f'The network has no place for {", ".join(sorted(left))}')


def main() -> None:
    task = read_task()
    torch.set_num_threads(task['threads'])
    model = UNet(*VARIANTS[task['variant']])
    load(model, read_safetensors(task['model']))
    model = model.to(memory_format=torch.channels_last).eval()
    infer, version, more = model, f'PyTorch {torch.__version__}', {}
    if task['window'] is not None:
        infer, version, more = in_windows(model, task, version)
    images = torch.from_numpy(read_images(task))[:, None, None]
    sections = [image.to(memory_format=torch.channels_last) for image in images]
    with torch.inference_mode(), torch.autocast('cpu', torch.bfloat16, enabled=task['dtype'] == 'bfloat16'):
        report(task, sections, lambda section: infer(section).float().numpy(), version, **more)


def in_windows(model: UNet, task: dict, version: str) -> tuple[Callable[[torch.Tensor], torch.Tensor], str, dict]:
    """Imports MONAI here, since nothing else needs it."""
    import monai
    from monai.inferers import SlidingWindowInferer

    given = {} if task['overlap'] is None else {'overlap': task['overlap']}
    inferer = SlidingWindowInferer(task['window'], **given)
    settings = {'roiSize': inferer.roi_size, 'overlap': inferer.overlap, 'mode': str(inferer.mode)}
    return lambda section: inferer(section, model), f'{version}, MONAI {monai.__version__}', {'settings': settings}


main()
