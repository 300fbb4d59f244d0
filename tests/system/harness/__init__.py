"""Real servers, the adapters as processes, and video comparisons. Standard library only: samples use it too."""
