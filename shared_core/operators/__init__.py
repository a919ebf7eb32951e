"""All operators. Importing this package declares every one of them: each file is one operator."""

import importlib
import pkgutil

for _file in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    importlib.import_module(f"{__name__}.{_file}")
