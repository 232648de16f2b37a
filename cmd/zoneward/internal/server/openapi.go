package server

import (
	_ "embed"
	"net/http"
)

// openAPI describes the API: OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1). A test holds it against the routes and their answers.
//
//go:embed openapi.yaml
var openAPI []byte

// writeOpenAPI answers GET openapi.yaml. There is nothing in it that the source of the program does not have.
func writeOpenAPI(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(openAPI) // nobody is left to tell
}
