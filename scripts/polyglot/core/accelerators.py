"""Whether the cards that a job asks for can be used, said in its first minute and not by the engine after loading."""

import ctypes
import os

from polyglot.core.errors import InputError

GPU_ENVIRONMENT = "install the GPU environment with `make env-gpu` (docs/cluster.md), or set device: cpu"


def check_cards(wanted: int) -> None:
    """Raise InputError unless this process can use `wanted` cards; 0 asks for none.

    CUDA itself is not started here: the engine's processes for further cards could not start it again.
    """
    if not wanted:
        return
    import torch

    asked = f"this job asks for {wanted} card{'s' if wanted > 1 else ''}"
    if torch.version.cuda is None:
        raise InputError(f"{asked}, and torch {torch.__version__} is a build without CUDA; {GPU_ENVIRONMENT}")
    version, needed = driver_version(), tuple(int(part) for part in torch.version.cuda.split("."))
    if version is None:
        raise InputError(
            f"{asked}, and no NVIDIA driver (libcuda.so.1) is here; run it on a node with cards, in a container with"
            " --nv, or set device: cpu"
        )
    if version[0] < needed[0]:  # within a major version, an older driver runs what a newer CUDA built
        raise InputError(
            f"{asked}, and the NVIDIA driver here is for CUDA {version[0]}.{version[1]}, torch for"
            f" {torch.version.cuda}; take a node with a newer driver (docs/cluster.md)"
        )
    usable = torch.cuda.device_count()
    if usable < wanted:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "not set")
        raise InputError(
            f"{asked}, and {usable} can be used (CUDA_VISIBLE_DEVICES: {visible}); correct `cards` in site.yaml, or"
            " take another node"
        )


def driver_version() -> tuple[int, int] | None:
    """The newest CUDA version that the driver here runs, as (major, minor); None without a driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    number = ctypes.c_int()
    driver.cuDriverGetVersion(ctypes.byref(number))  # 13000 is 13.0; needs no cuInit
    return number.value // 1000, number.value % 1000 // 10
