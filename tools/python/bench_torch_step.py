"""Times training steps of the same network in PyTorch (channels_last), for `nx run trainer:bench`.

Takes one argument, JSON: {"variant", "size", "batch", "warmUp", "steps", "threads"}; prints one line of JSON: {"stepMs":
[...], "peakRssBytes", "loadMs", "losses": [...], "version"}.
"""

import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional

DROPOUT = 0.3
PARAMETERS = 2_772_816
VARIANTS = {
    'unet': (1, 0, 1),
    'dilated-unet': (2, 1, 1),
    'unet-a': (1, 0, 0),
    'dilated-unet-a': (2, 1, 0),
}


class Convolution(nn.Sequential):
    """3 x 3 convolution, same padding, then ReLU."""

    def __init__(self, inputs: int, outputs: int, dilation: int = 1) -> None:
        super().__init__(nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation), nn.ReLU(inplace=True))


def norm(channels: int) -> nn.Module:
    """Batch norm with Keras' defaults."""
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class UNet(nn.Module):
    """(n, 1, y, x) z-scores -> (n, 1, y, x) probability of interior."""

    def __init__(self, dilate_rate: int, dilate: int, addition: int) -> None:
        super().__init__()
        self.addition = addition
        self.first, self.first_norm, self.second, self.second_norm = (nn.ModuleList() for _ in range(4))
        inputs = 1
        for filters in (44, 88, 176):
            self.first.append(Convolution(inputs, filters))
            self.first_norm.append(norm(filters))
            self.second.append(Convolution(filters, filters, dilate_rate))
            self.second_norm.append(norm(filters))
            inputs = filters
        self.bottleneck = nn.ModuleList(Convolution(176, 176, 2**k if dilate else 1) for k in range(6))
        self.bottleneck_norm = nn.ModuleList(norm(176) for _ in range(5))
        self.up, self.up_norm, self.up_second, self.up_second_norm, self.up_third = (nn.ModuleList() for _ in range(5))
        inputs = 176
        for filters, skip in ((88, 176), (44, 88), (22, 44)):
            self.up.append(Convolution(inputs, filters))
            self.up_norm.append(norm(skip + filters))
            self.up_second.append(Convolution(skip + filters, filters))
            self.up_second_norm.append(norm(filters))
            self.up_third.append(Convolution(filters, filters))
            inputs = filters
        self.head_norm, self.head = norm(22), nn.Conv2d(22, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        def drop(value: torch.Tensor) -> torch.Tensor:
            return functional.dropout(value, DROPOUT, self.training)

        skips = []
        for first, first_norm, second, second_norm in zip(self.first, self.first_norm, self.second, self.second_norm):
            x = second(drop(first_norm(first(x))))
            skips.append(x)
            x = drop(functional.max_pool2d(drop(second_norm(x)), 2))
        rectified = []
        for k, conv in enumerate(self.bottleneck):
            x = conv(x if k == 0 else drop(self.bottleneck_norm[k - 1](x)))
            rectified.append(x)
        if self.addition:
            x = sum(rectified[1:], rectified[0])
        stages = zip(self.up, self.up_norm, self.up_second, self.up_second_norm, self.up_third)
        for up, up_norm, second, second_norm, third in stages:
            x = up(functional.interpolate(x, scale_factor=2, mode='nearest'))
            x = drop(up_norm(torch.cat([skips.pop(), x], 1)))
            x = third(second_norm(second(x)))
        return functional.softmax(self.head(self.head_norm(x)), 1)[:, 1:]


def loss_of(labels: torch.Tensor, interior: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy + 1 - soft Dice with smooth 1 over the batch."""
    cross_entropy = functional.binary_cross_entropy(interior.clamp(1e-7, 1 - 1e-7), labels)
    dice = (2 * (labels * interior).sum() + 1) / (labels.sum() + interior.sum() + 1)
    return cross_entropy + 1 - dice


def main() -> None:
    task = json.loads(sys.argv[1])
    torch.set_num_threads(task['threads'])
    torch.manual_seed(1)
    size, batch = task['size'], task['batch']
    begun = time.perf_counter()
    model = UNet(*VARIANTS[task['variant']]).to(memory_format=torch.channels_last).train()
    count = sum(p.numel() for p in model.parameters()) + sum(b.numel() for n, b in model.named_buffers() if 'running' in n)
    if count != PARAMETERS:
        raise RuntimeError(f'The network has {count} parameters; must be {PARAMETERS}.')
    optimizer = torch.optim.RMSprop(model.parameters(), 1e-4, alpha=0.9, eps=1e-7)
    images = torch.randn(batch, 1, size, size).to(memory_format=torch.channels_last)
    labels = (torch.rand(batch, 1, size, size) < 0.78).float()
    load = time.perf_counter() - begun
    times, losses = [], []
    for step in range(task['warmUp'] + task['steps']):
        before = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(labels, model(images))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step >= task['warmUp']:
            times.append(1000 * (time.perf_counter() - before))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({'stepMs': times, 'peakRssBytes': peak, 'loadMs': 1000 * load, 'losses': losses,
                      'version': f'PyTorch {torch.__version__}'}))


if __name__ == '__main__':
    main()
