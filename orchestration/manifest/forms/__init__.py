"""One file a service; each makes its form from where the renditions are."""
