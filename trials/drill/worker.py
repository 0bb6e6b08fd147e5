"""The drilled form of `adapters.temporal.worker`: the same ``main``, behind the hooks of the drill.

``python -m trials.drill.worker``, started by `trials.drill.system`.
"""

import sys

from adapters.temporal.worker import main
from bootstrap.leaving import leaving
from trials.drill.hooks import install

if __name__ == "__main__":
    install()
    with leaving():
        sys.exit(main())
