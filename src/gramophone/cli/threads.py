"""How the threads of numerical libraries wait for each other; to be set before torch is loaded."""

from collections.abc import MutableMapping

# libgomp counts turns, the runtimes of LLVM and Intel milliseconds. By default both wait so long that two programs on
# the same cores keep each other from working.
WAITING = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}


def limit_spinning(environment: MutableMapping[str, str]) -> None:
    """Lets threads sleep soon after their work, unless the user has set how they wait.

    Args:
        environment: of this process, which its children inherit.
    """
    if "OMP_WAIT_POLICY" in environment:
        return
    for name, value in WAITING.items():
        environment.setdefault(name, value)
