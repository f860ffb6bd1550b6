"""One file per service, which makes its form from the location of the renditions."""
