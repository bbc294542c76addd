module spanglass/tools/compose

go 1.25.0

require github.com/compose-spec/compose-go/v2 v2.16.2
