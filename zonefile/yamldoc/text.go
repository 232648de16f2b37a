package yamldoc

import (
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/internal/textfile"
)

// ErrNotRegular is wrapped by the error of [ReadText] about what is no file, such as a directory or a pipe.
var ErrNotRegular = textfile.ErrNotRegular

// TooLargeError says that a file has more octets than the limit.
type TooLargeError = textfile.TooLargeError

// byteOrderMark may be at the start of a text, of which it is no part.
const byteOrderMark = "\ufeff"

// ReadText returns the content of a file of at most limit octets, without the byte order mark that it may begin with. It does not open what is no file, such as a
// pipe, which might never end. The error is a [TooLargeError] for a larger file, or that of fsys.
func ReadText(fsys fs.FS, file string, limit int64) (string, error) {
	text, err := textfile.Read(fsys, file, limit)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(text, byteOrderMark), nil
}

// checkText notes characters that may not be in the file, also in comments: who reviews it would approve something else than what is read. It notes the first one
// of each line.
func (d *Document) checkText() {
	for i, line := range d.lines {
		line = strings.TrimSuffix(line, "\r")
		for at, c := range line {
			if flaw := d.form.Flaw(c, line[at:]); flaw != "" {
				d.Find(zonefile.Position{File: d.file, Line: i + 1, Column: at + 1}, "bad-text", zonefile.Error, "%s", flaw)
				break
			}
		}
	}
}

// Flaw says what is wrong with a character, which rest begins with, "" if nothing is: it is not UTF-8, controls a terminal, may be taken for the end of a line, or
// turns the direction of the text (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
func Flaw(c rune, rest string) string {
	switch {
	case c == '\t':
		return ""
	case c == utf8.RuneError && !strings.HasPrefix(rest, string(utf8.RuneError)):
		return "this is not UTF-8"
	case c == '\u2028' || c == '\u2029' || c == '\r' || c == '\u0085':
		return "a character that some programs take for the end of a line and others do not: take it away"
	case unicode.IsControl(c):
		return "a control character: take it away"
	case unicode.Is(unicode.Bidi_Control, c):
		return "a character that turns the direction of the text, so that it looks other than it is read: take it away"
	}
	return ""
}
