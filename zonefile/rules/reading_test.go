package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/zonefile/rules"
)

// fields are ids that are no rules: problems and warnings of resources have the name of the field that they are about, or of what is watched. The page resource has them all.
var fields = []string{"ds", "name_servers"}

// Every id that some package gives to a problem is a rule, so that it has a page. The ids are found in the source of each package: they are the constants that are passed to a
// parameter of the name "rule", assigned to a variable of that name or returned as a result of it, and those in the literals of Problem and fault.
func TestEveryIDIsARule(t *testing.T) {
	known := map[string]bool{}
	for _, r := range rules.All() {
		known[r.ID] = true
	}
	documents := takersOfRules(sourceOf(t, "../yamldoc"))
	found := map[string]bool{}
	for dir, source := range packages(t) {
		takers := takersOfRules(source)
		if importsDocuments(source) {
			maps.Copy(takers, documents)
		}
		ids := idsOf(source, takers)
		for _, id := range slices.Sorted(maps.Keys(ids.ids)) {
			if found[id] = true; !known[id] && !slices.Contains(fields, id) {
				t.Errorf("%s finds %q, and there is no such rule", dir, id)
			}
		}
		for _, other := range ids.others {
			t.Errorf("%s: a problem whose rule is %s, which may be anything: want a constant, or a variable of the name rule", dir, other)
		}
	}
	for _, r := range rules.All() {
		if (r.Fixed || r.Elsewhere) && !found[r.ID] {
			t.Errorf("the rule %s is nowhere in the source", r.ID)
		}
	}
}

// importsDocuments reports whether a package notes problems in documents of package yamldoc.
func importsDocuments(source []*ast.File) bool {
	return slices.ContainsFunc(source, func(f *ast.File) bool {
		return slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return strings.HasSuffix(i.Path.Value, `/zonefile/yamldoc"`) })
	})
}

// packages returns the source of all packages that may find something, by their folders. Rules find things by their own ids.
func packages(t *testing.T) map[string][]*ast.File {
	t.Helper()
	all := map[string][]*ast.File{}
	for _, root := range []string{"..", "../../reconcile", "../../providers", "../../cmd/zoneward"} {
		err := filepath.WalkDir(root, func(dir string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil || !entry.IsDir():
				return err
			case entry.Name() == "document": // of other problems it makes its own
				return fs.SkipDir
			case entry.Name() == "testdata", dir == filepath.Join("..", "rules"), strings.HasSuffix(dir, "test") && entry.Name() != "dnstest":
				return fs.SkipDir
			}
			if source := sourceOf(t, dir); source != nil {
				all[dir] = source
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// sourceOf returns the source of a package without its tests.
func sourceOf(t *testing.T, dir string) []*ast.File {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var source []*ast.File
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, f)
	}
	return source
}

// named is what a package has as the rules of problems.
type named struct {
	constants map[string]string // of the package, by their names
	ids       map[string]bool
	others    []string // what literals of problems have that is neither a constant nor handed on
}

// idsOf returns the rules of the problems in the source of a package, in which some functions take rules.
func idsOf(source []*ast.File, takers map[string][]int) *named {
	n := &named{constants: constantsOf(source), ids: map[string]bool{}}
	for _, f := range source {
		ast.Inspect(f, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr:
				for _, i := range takers[calledName(node)] {
					if i < len(node.Args) {
						n.note(node.Args[i])
					}
				}
			case *ast.CompositeLit:
				n.noteLiteral(node)
			case *ast.AssignStmt:
				if name, ok := node.Lhs[0].(*ast.Ident); ok && name.Name == "rule" {
					n.note(node.Rhs[0])
				}
			case *ast.FuncDecl:
				n.noteReturned(node)
			}
			return true
		})
	}
	return n
}

// constantsOf returns the constants of a package that are strings.
func constantsOf(source []*ast.File) map[string]string {
	constants := map[string]string{}
	for _, f := range source {
		ast.Inspect(f, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, name := range spec.Names {
				if i >= len(spec.Values) {
					break
				}
				if lit, ok := spec.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					constants[name.Name], _ = strconv.Unquote(lit.Value)
				}
			}
			return true
		})
	}
	return constants
}

// noteLiteral notes the rule of a literal of a problem: its field of that name, or the one at its place.
func (n *named) noteLiteral(lit *ast.CompositeLit) {
	var at int
	switch typeName(lit.Type) {
	case "Problem":
		at = 1
	case "fault":
		at = 0
	default:
		return
	}
	for i, e := range lit.Elts {
		pair, keyed := e.(*ast.KeyValueExpr)
		switch {
		case keyed && strings.EqualFold(pair.Key.(*ast.Ident).Name, "rule"):
			n.noteRule(pair.Value)
		case !keyed && i == at:
			n.noteRule(e)
		}
	}
}

// noteRule notes the rule of a problem, which may not be anything.
func (n *named) noteRule(e ast.Expr) {
	if !n.note(e) {
		n.others = append(n.others, typeName(e))
	}
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// noteReturned notes what a function returns as its result of the name "rule".
func (n *named) noteReturned(d *ast.FuncDecl) {
	at := namedRule(d.Type.Results)
	if len(at) == 0 || d.Body == nil {
		return
	}
	ast.Inspect(d.Body, func(node ast.Node) bool {
		if r, ok := node.(*ast.ReturnStmt); ok && at[0] < len(r.Results) {
			n.note(r.Results[at[0]])
		}
		return true
	})
}

// takersOfRules returns the functions, methods, fields and variables of functions that have a parameter of the name "rule", and which it is.
func takersOfRules(source []*ast.File) map[string][]int {
	takers := map[string][]int{}
	take := func(name string, params *ast.FieldList) {
		for _, i := range namedRule(params) {
			if !slices.Contains(takers[name], i) {
				takers[name] = append(takers[name], i)
			}
		}
	}
	for _, f := range source {
		ast.Inspect(f, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncDecl:
				take(node.Name.Name, node.Type.Params)
			case *ast.Field:
				if signature, ok := node.Type.(*ast.FuncType); ok {
					for _, name := range node.Names {
						take(name.Name, signature.Params)
					}
				}
			case *ast.AssignStmt:
				if f, ok := node.Rhs[0].(*ast.FuncLit); ok {
					take(typeName(node.Lhs[0]), f.Type.Params)
				}
			}
			return true
		})
	}
	return takers
}

// namedRule returns which of a list of parameters or results are strings of the name "rule".
func namedRule(list *ast.FieldList) []int {
	if list == nil {
		return nil
	}
	var at []int
	i := 0
	for _, field := range list.List {
		for _, name := range field.Names {
			if name.Name == "rule" && typeName(field.Type) == "string" {
				at = append(at, i)
			}
			i++
		}
	}
	return at
}

func calledName(call *ast.CallExpr) string { return typeName(call.Fun) }

// note notes what is given as a rule: a constant, or the words that cmp.Or chooses from. It reports whether it is one of these, or what another problem has as its rule, or a
// parameter or variable of the name "rule": what these have is noted where they are set.
func (n *named) note(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		if id, err := strconv.Unquote(e.Value); err == nil && id != "" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz-_") == "" {
			n.ids[id] = true
		}
		return true
	case *ast.Ident:
		id, ok := n.constants[e.Name]
		if ok {
			n.ids[id] = true
		}
		return ok || e.Name == "rule"
	case *ast.SelectorExpr:
		return strings.EqualFold(e.Sel.Name, "rule")
	case *ast.CallExpr:
		for _, word := range e.Args {
			n.note(word)
		}
	}
	return false
}
