"""Pure functions of arrays: rasters, meshes, warps, blends. No files, no state."""
