module spanglass/tools/alertmanager

go 1.26.0

// From 0.32 on the module lacks the compiled web files that the server embeds.
require github.com/prometheus/alertmanager v0.31.1
