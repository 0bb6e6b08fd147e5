"""The drilled form of `adapters.http.server`: the same ``main``, behind the hooks of the drill.

``python -m trials.drill.server``, started by `trials.drill.system`.
"""

import sys

from adapters.http.server import main
from bootstrap.leaving import leaving
from trials.drill.hooks import install

if __name__ == "__main__":
    install()
    with leaving():
        sys.exit(main())
