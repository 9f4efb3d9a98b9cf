"""One entry's life: controller, decision loop, store, repairs, and what goes on after an unload."""
