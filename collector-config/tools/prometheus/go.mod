module spanglass/tools/prometheus

go 1.26.0

require github.com/prometheus/prometheus v0.314.0

// Prometheus itself needs it: two versions of this module hold the same packages.
replace cloud.google.com/go => cloud.google.com/go v0.123.0
