package runner

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// maxOutput is the most octets of an output: the rest of a plan is a file's business, and GitHub takes 1 MB of all outputs of a job.
const maxOutput = 16 << 10

// maxSummary is the most octets of a step's summary, with room to spare: a runner throws away as a whole one of more than 1 MiB.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
const maxSummary = 1<<20 - 24<<10

// ErrFull is wrapped by errors that say that something is larger than what is left of its place.
var ErrFull = errors.New("there is no room for it")

// Outputs is what a job leaves to the steps and jobs after it. It is for one goroutine.
type Outputs struct {
	system System
	files  files
	dotenv []string // the lines of GitLab's file
	word   func() string
}

// Outputs returns where the job's outputs go. Where there is no place for them, they are checked and forgotten.
func (r *Runner) Outputs() *Outputs {
	return &Outputs{system: r.System, files: r.files, word: randomWord}
}

// Set sets an output. The name is of lower-case letters, digits and hyphens. The value is text of at most 16 KiB that prints, with line feeds
// or without: what is more, or anything else, is an error, and the output is not set.
//
// With GitLab it is a variable in zoneward.env, for artifacts:reports:dotenv: plan-id is ZONEWARD_PLAN_ID, in one line.
func (o *Outputs) Set(name, value string) error {
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("output %.40q: not a name of lower-case letters, digits and hyphens", name)
	}
	if err := checkOutput(value); err != nil {
		return fmt.Errorf("output %s: %w", name, err)
	}
	var err error
	switch o.system {
	case GitHub, Gitea:
		err = o.setActions(name, value)
	case GitLab:
		err = o.setDotenv(name, value)
	case None:
	}
	if err != nil {
		return fmt.Errorf("output %s: %w", name, err)
	}
	return nil
}

// checkOutput accepts values that every runner reads as they are.
func checkOutput(value string) error {
	if len(value) > maxOutput {
		return fmt.Errorf("it has more than %d octets: %w", maxOutput, ErrFull)
	}
	for i, r := range value {
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return fmt.Errorf("it has a character at octet %d that is none to print", i)
		}
	}
	return nil
}

// setActions writes NAME<<WORD, the value and WORD, where nobody can have known the word.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
func (o *Outputs) setActions(name, value string) error {
	if o.files.output == "" {
		return nil
	}
	word := o.word()
	if strings.Contains(value, word) {
		return errors.New("it has the word that was to end it")
	}
	return appendFile(o.files.output, name+"<<"+word+"\n"+value+"\n"+word+"\n", 0)
}

// What GitLab takes of a file with variables. https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
const (
	maxDotenv      = 5 << 10
	maxDotenvLines = 20
)

// setDotenv writes the file of variables anew. The checkout may have anything under its name, a link to elsewhere too, so that is removed first.
func (o *Outputs) setDotenv(name, value string) error {
	// GitLab takes the value literally, without what is around it, and expands it where it is used.
	if value != strings.TrimSpace(value) || strings.ContainsAny(value, "\n$") {
		return errors.New("in a dotenv file it can have no lines, no $, and no spaces around it")
	}
	line := "ZONEWARD_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "=" + value + "\n"
	text := strings.Join(append(o.dotenv, line), "")
	if len(text) > maxDotenv || len(o.dotenv) == maxDotenvLines {
		return fmt.Errorf("a dotenv file has at most %d octets and %d variables: %w", maxDotenv, maxDotenvLines, ErrFull)
	}
	folder, err := os.OpenRoot(filepath.Dir(o.files.output))
	if err != nil {
		return err
	}
	defer folder.Close()
	base := filepath.Base(o.files.output)
	if err := folder.Remove(base); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := folder.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(file, text); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := file.Close(); err != nil {
		return err
	}
	o.dotenv = append(o.dotenv, line)
	return nil
}

// Summarize adds markdown to the summary of the step. What the step's summary has no room for is not written at all, and the error wraps
// [ErrFull]: a runner would throw away all of it, silently. Where a job has no summary, nothing is done.
func (o *Outputs) Summarize(markdown string) error {
	if o.files.summary == "" {
		return nil
	}
	if err := appendFile(o.files.summary, markdown, maxSummary); err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	return nil
}

// appendFile appends text to a file of the runner, of which it becomes no larger than limit, unless that is 0.
func appendFile(name, text string, limit int64) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && limit > 0 && info.Size()+int64(len(text)) > limit {
		err = fmt.Errorf("%d octets and %d more: %w", info.Size(), len(text), ErrFull)
	}
	if err == nil {
		_, err = io.WriteString(file, text)
	}
	return errors.Join(err, file.Close())
}
