"""Open311 GeoReport v2 (https://wiki.open311.org/GeoReport_v2/) over the public subset of the
tickets; services are the second-level categories, requests are tickets."""
