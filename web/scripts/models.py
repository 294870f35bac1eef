"""Prints where the model files lie, as JSON: what the service serves under /models, for Vite and the tests."""

import json
import sys

from feeling_manager.inference.models import installed


def main() -> None:
    """Only files: a model held in memory (no cache directory) can't be served from here."""
    rows = [
        {
            "name": model.name,
            "precision": model.precision,
            "sha256": model.sha256,
            "bytes": len(model.content),
            "licence": model.licence,
            "manifest": model.manifest,
            "path": str(model.path) if model.path else None,
        }
        for model in installed()
    ]
    json.dump({"models": rows}, sys.stdout)


if __name__ == "__main__":
    main()
