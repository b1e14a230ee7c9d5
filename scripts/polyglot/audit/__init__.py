"""Where every number came from, and whether it still holds: records, manifest, verification, trace, replay."""
