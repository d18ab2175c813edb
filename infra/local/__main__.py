"""`python -m infra.local run` and `stop`: what the Makefile calls."""

import sys

from infra.local import stage
from infra.terminal import Stop, complain


def main() -> int:
    try:
        if sys.argv[1:] == ["run"]:
            return stage.run()
        if sys.argv[1:] == ["stop"]:
            stage.stop()
            return 0
    except Stop as problem:
        complain(str(problem))
        return 1
    complain("Say `python -m infra.local run` or `stop`.")
    return 2


if __name__ == "__main__":
    sys.exit(main())
