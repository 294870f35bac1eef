"""What commands that train say when PyTorch is not there."""

from importlib.util import find_spec

from feeling_manager.errors import MissingDependencyError


def need_torch() -> None:
    """Raises MissingDependencyError without PyTorch."""
    if find_spec("torch") is None:
        raise MissingDependencyError(
            'Training needs PyTorch, which is not installed: pip install "feeling-manager[train]".'
        )
